//! Where snapshots are kept: an object store with a folder per origin.
//!
//! ```text
//! eu-west-1/0001763766000123-4711.snapshot       wall milliseconds of the taking, number of the own log
//! us-east-1/0001763766000456-815.snapshot        copied from the peer
//! ```
//!
//! Names sort by age. An object appears whole or not at all (the store renames at the end), so a process that
//! is killed while it writes leaves nothing that could be taken for a snapshot. Every region has a store of
//! its own: what is lost with a region must not be the only copy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::names::RegionName;

const ENDING: &str = ".snapshot";

/// Why an object could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    #[error("cannot create the folder {path}: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] object_store::Error),
    #[error("its source ended early")]
    Cut,
}

/// A snapshot in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Named {
    /// Who took it.
    pub(crate) origin: RegionName,
    /// Sorts by age among those of one origin.
    pub(crate) name: String,
    /// How large it is.
    pub(crate) bytes: u64,
}

/// The snapshots of one region's store.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotObjects {
    store: Arc<dyn ObjectStore>,
}

/// The name of a snapshot that is taken now.
pub(crate) fn name(now_ms: u64, seq: u64) -> String {
    format!("{now_ms:016}-{seq}{ENDING}")
}

impl SnapshotObjects {
    /// A folder, made if it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, ObjectError> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| ObjectError::Folder { path: folder.to_owned(), source })?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Those of one origin, oldest first.
    pub(crate) async fn list(&self, origin: &RegionName) -> Result<Vec<Named>, ObjectError> {
        let listed = self.store.list_with_delimiter(Some(&ObjectPath::from(origin.as_str()))).await?;
        let named = |object: &object_store::ObjectMeta| {
            let name = object.location.filename().filter(|name| name.ends_with(ENDING))?.to_owned();
            Some(Named { origin: origin.clone(), name, bytes: object.size })
        };
        let mut found: Vec<Named> = listed.objects.iter().filter_map(named).collect();
        found.sort();
        Ok(found)
    }

    /// Writes an object from parts; it is there when this answers, and not before. Parts that end before
    /// `bytes` have come (if that is known) leave nothing.
    pub(crate) async fn put(
        &self,
        origin: &RegionName,
        name: &str,
        bytes: Option<u64>,
        mut parts: mpsc::Receiver<Vec<u8>>,
    ) -> Result<u64, ObjectError> {
        let mut upload = self.store.put_multipart(&place(origin, name)).await?;
        let mut written = 0;
        while let Some(part) = parts.recv().await {
            written += part.len() as u64;
            upload.put_part(part.into()).await?;
        }
        if bytes.is_some_and(|bytes| bytes != written) {
            upload.abort().await?;
            return Err(ObjectError::Cut);
        }
        upload.complete().await?;
        Ok(written)
    }

    /// At most `length` bytes from `offset`.
    pub(crate) async fn read(&self, named: &Named, offset: u64, length: u64) -> Result<Bytes, ObjectError> {
        let end = named.bytes.min(offset.saturating_add(length));
        if offset >= end {
            return Ok(Bytes::new());
        }
        Ok(self.store.get_range(&place(&named.origin, &named.name), offset..end).await?)
    }

    /// Deletes all but the newest `keep` of an origin.
    pub(crate) async fn prune(&self, origin: &RegionName, keep: usize) -> Result<(), ObjectError> {
        let found = self.list(origin).await?;
        for old in &found[..found.len().saturating_sub(keep)] {
            self.store.delete(&place(&old.origin, &old.name)).await?;
        }
        Ok(())
    }
}

fn place(origin: &RegionName, name: &str) -> ObjectPath {
    ObjectPath::from_iter([origin.as_str(), name])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn parts(parts: &[&[u8]]) -> mpsc::Receiver<Vec<u8>> {
        let (sender, receiver) = mpsc::channel(8);
        parts.iter().for_each(|part| sender.try_send(part.to_vec()).unwrap());
        receiver
    }

    #[tokio::test]
    async fn objects_are_whole_sorted_by_age_and_bounded_in_number() {
        let folder = tempfile::tempdir().unwrap();
        let objects = SnapshotObjects::open(&folder.path().join("made")).unwrap();
        let (eu, us) = (RegionName::parse("eu").unwrap(), RegionName::parse("us").unwrap());
        assert_eq!(objects.list(&eu).await.unwrap(), []);
        for now_ms in [1000, 20, 300] {
            objects.put(&eu, &name(now_ms, 7), None, parts(&[b"one ", b"two"])).await.unwrap();
        }
        objects.put(&us, &name(5, 7), Some(3), parts(&[b"abc"])).await.unwrap();
        let cut = objects.put(&us, &name(6, 7), Some(4), parts(&[b"abc"])).await;
        assert!(matches!(cut, Err(ObjectError::Cut)), "{cut:?}");
        let found = objects.list(&eu).await.unwrap();
        let names: Vec<&str> = found.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(names, [name(20, 7), name(300, 7), name(1000, 7)]);
        for (offset, length, expected) in [(0, 100, "one two"), (4, 2, "tw"), (7, 1, ""), (9, 1, "")] {
            assert_eq!(objects.read(&found[0], offset, length).await.unwrap(), expected, "{offset} {length}");
        }
        objects.prune(&eu, 2).await.unwrap();
        assert_eq!(objects.list(&eu).await.unwrap(), found[1..]);
        assert_eq!(objects.list(&us).await.unwrap().len(), 1, "others stay");
        std::fs::write(folder.path().join("made/eu/notes.txt"), "not ours").unwrap();
        assert_eq!(objects.list(&eu).await.unwrap(), found[1..]);
    }
}

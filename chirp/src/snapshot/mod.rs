//! Snapshots: everything that a region knows in one object, and how it becomes a data directory again.
//!
//! ```text
//! every_ms   one read transaction ─▶ state and logs as text, with a digest ─▶ object store of the region
//!            the newest of each peer ─▶ copied there, too                     (a folder, by default)
//!
//! restore    newest object whose digest is right ─▶ new data directory, new log id
//! start      the peers give what came after it (`region::copies`), before the region serves
//! ```
//!
//! **What is in it.** The state, as rows that merge (`store::state`); how far it contains each log; and what is
//! still kept of the logs, ours and our copies of others, so that a restored region can pass it on. All of it is
//! read in one transaction. A restore merges the rows into an empty store, by the functions that apply entries,
//! and goes on by the logs where the rows end. So a snapshot is as large as the state and not as the history, and
//! can be read by a later version that keeps its tables differently.
//!
//! **What is not in it.** Promises to writers (`store::control`): an old promise is worse than none. What a
//! region had acknowledged after its snapshot was taken: that comes from the peers, as far as anybody has
//! it. With `durability = "quorum"` somebody has all of it.
//!
//! **Why a restored region has a new log.** It may have told others entries that it does not remember;
//! going on under the old id would give their numbers away twice. The old log becomes a copy like any
//! other's, and its tail comes back from whoever heard it.
//!
//! **Damage.** The last line is a SHA-256 of everything before it. Whatever is cut off or changed is found
//! before anything is built; the next older snapshot is taken then, and what was wrong is said.

mod format;
mod objects;
mod restore;

pub(crate) use format::SnapshotWriter;
pub(crate) use objects::{Named, ObjectError, SnapshotObjects, name};
pub use restore::RestoreError;
pub(crate) use restore::{Restored, restore};

//! Snapshots: everything that a region knows in one object, and how it becomes a data directory again.
//!
//! ```text
//! every_ms   one read transaction ─▶ logs as text, with a digest ─▶ object store of the region
//!            the newest of each peer ─▶ copied there, too           (a folder, by default)
//!
//! restore    newest object whose digest is right ─▶ new data directory, new log id
//! start      the peers give what came after it (`region::copies`), before the region serves
//! ```
//!
//! **What is in it.** The logs: our own and our copies of all others, each a prefix of what its origin
//! wrote, all read in one transaction. Not the tables: the state is what the entries make of the seed, by
//! the same functions that applied them the first time. So a snapshot is as small as the history, can be
//! read by a later version that keeps its tables differently, and there is no second way to make state. The
//! price: a restore takes as long as applying the history does, and logs must be kept whole (nothing trims
//! them).
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

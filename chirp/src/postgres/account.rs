//! Who runs the server.
//!
//! PostgreSQL refuses to run as root. A region that runs as somebody else runs it as itself; one that runs
//! as root hands it to `postgres`, or to `nobody` where that user does not exist, and gives its directory
//! to that user. `setpriv` does the change of user, and in both cases asks the kernel to kill the server
//! when the region dies, however that happens.

use std::path::Path;

use super::PostgresError;
use crate::child::DIES_WITH_US;

/// Looked for in this order when the configuration names nobody.
const USUAL: [&str; 2] = ["postgres", "nobody"];
const ACCOUNTS: &str = "/etc/passwd";

/// The user who runs the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    name: String,
    /// User and group, if they are not the region's own.
    change: Option<(u32, u32)>,
}

impl Account {
    /// Finds the user: the region's own unless that is root.
    pub(super) fn find(wanted: Option<&str>) -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { name: "of the region".to_owned(), change: None });
        }
        let accounts =
            std::fs::read_to_string(ACCOUNTS).map_err(|error| PostgresError::file("read", ACCOUNTS, error))?;
        let names: Vec<&str> = wanted.map_or_else(|| USUAL.to_vec(), |name| vec![name]);
        let found = names.iter().find_map(|name| ids_of(name, &accounts).map(|ids| (*name, ids)));
        let (name, ids) = found.ok_or_else(|| PostgresError::NoAccount { user: names.join("` or `") })?;
        Ok(Self { name: name.to_owned(), change: Some(ids) })
    }

    /// The name, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What to put before a program so that it runs as this user and dies with this process.
    pub(super) fn prefix(&self) -> Vec<String> {
        let mut words: Vec<String> = DIES_WITH_US.map(str::to_owned).to_vec();
        if let Some((user, group)) = self.change {
            words.extend([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
        }
        words.push("--".to_owned());
        words
    }

    /// Gives a file or folder (without what is in it) to the user.
    pub(super) fn own(&self, path: &Path) -> Result<(), PostgresError> {
        let Some((user, group)) = self.change else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(user), Some(group))
            .map_err(|error| PostgresError::file("change the owner of", path, error))
    }
}

/// User and group of a name in the text of `/etc/passwd`; never root's.
fn ids_of(name: &str, accounts: &str) -> Option<(u32, u32)> {
    let fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let account = fields.into_iter().find(|fields| fields[0] == name && fields.len() >= 4)?;
    let ids = (account[2].parse().ok()?, account[3].parse().ok()?);
    (ids.0 != 0).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name_and_root_is_none() {
        let text = "root:x:0:0::/root:/bin/sh\nnobody2:x:7:8::/:/bin/false\nnobody:x:65534:65533::/:/bin/false\nodd\n";
        // (name, ids)
        let cases = [("nobody", Some((65534, 65533))), ("root", None), ("odd", None), ("nobod", None)];
        for (name, ids) in cases {
            assert_eq!(ids_of(name, text), ids, "{name}");
        }
    }

    #[test]
    fn the_server_dies_with_the_region_whoever_runs_it() {
        let own = Account { name: "x".into(), change: None };
        assert_eq!(own.prefix().join(" "), "setpriv --pdeathsig KILL --");
        let other = Account { name: "x".into(), change: Some((7, 8)) };
        assert_eq!(other.prefix().join(" "), "setpriv --pdeathsig KILL --reuid=7 --regid=8 --clear-groups --");
    }
}

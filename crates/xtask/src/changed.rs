//! Whether files changed since something was made of them, so that nothing is made twice.
//!
//! Files are told apart by content, not by time: a fresh clone or a touched file makes no work. A fingerprint holds on one
//! machine and for one compiler; it is a memory, never a promise to others.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::failure::{Result, While};

/// One number for the names and contents of every file under `roots` (a file or a folder each), leaving out folders named in `except`.
pub fn fingerprint(roots: &[PathBuf], except: &[&str]) -> Result<String> {
    let mut files = BTreeMap::new();
    for root in roots {
        gather(root, except, &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for (path, content) in files {
        path.hash(&mut hasher);
        content.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn gather(path: &Path, except: &[&str], files: &mut BTreeMap<PathBuf, u64>) -> Result {
    if path.is_file() {
        files.insert(path.to_path_buf(), digest(path)?);
    } else if path.is_dir() && !except.iter().any(|name| path.ends_with(name)) {
        for entry in fs::read_dir(path).during(|| format!("{} can't be listed", path.display()))? {
            let entry = entry.during(|| format!("{} can't be listed", path.display()))?;
            gather(&entry.path(), except, files)?;
        }
    }
    Ok(())
}

fn digest(path: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    fs::read(path).during(|| format!("{} can't be read", path.display()))?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// Whether `stamp` says this already.
pub fn says(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|said| said == fingerprint)
}

/// Writes `stamp`, with the folders it needs.
pub fn say(stamp: &Path, fingerprint: &str) -> Result {
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).during(|| format!("{} can't be made", folder.display()))?;
    }
    fs::write(stamp, fingerprint).during(|| format!("{} can't be written", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("made")).unwrap();
        folder
    }

    #[test]
    fn a_fingerprint_follows_content_and_names_and_ignores_what_is_left_out() {
        let folder = folder("fingerprint");
        let now = || fingerprint(std::slice::from_ref(&folder), &["made"]).unwrap();
        fs::write(folder.join("a"), "one").unwrap();
        let first = now();
        fs::write(folder.join("made/x"), "made of the others").unwrap();
        fs::write(folder.join("a"), "one").unwrap();
        assert_eq!(now(), first);
        fs::write(folder.join("a"), "two").unwrap();
        let second = now();
        assert_ne!(second, first);
        fs::rename(folder.join("a"), folder.join("b")).unwrap();
        assert_ne!(now(), second);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_stamp_is_believed_only_if_it_says_the_same() {
        let stamp = folder("stamp").join("deep/stamp");
        assert!(!says(&stamp, "x"));
        say(&stamp, "x").unwrap();
        assert!(says(&stamp, "x") && !says(&stamp, "y"));
        fs::remove_dir_all(stamp.ancestors().nth(2).unwrap()).unwrap();
    }
}

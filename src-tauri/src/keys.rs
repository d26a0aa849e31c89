//! The key that opens a workspace's database: from the system's key store; without one, from a pass phrase; for the sample, beside it.
//!
//! `workspace.json` says how its key is kept and never holds it. How a workspace is kept is decided when it is made and does not change.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use app::{Key, Secrets as _, WorkspaceFile, WorkspaceKind};
use model::{Millis, Problem, ProblemCode};
use zeroize::Zeroizing;

use crate::{
    secrets::{KeyStore, private_file},
    words::{Word, Words},
};

/// How a person is asked for a pass phrase.
#[derive(Debug, Clone)]
pub struct Asking {
    pub words: Words,
    /// A command whose first line of output is the pass phrase.
    pub command: Option<String>,
}

/// The sample's key, as text: the sample holds nothing private, so that it opens anywhere without a question.
const SAMPLE_KEY: &str = "sample.key";
/// How often a pass phrase may be mistyped.
const TRIES: u32 = 3;

/// The key of the workspace at `root`, made if there is none yet.
///
/// # Errors
/// `key_store_missing` when the key is in a store that is not there, or nobody can be asked for a pass phrase;
/// `secret_missing` when the store no longer knows it; `passphrase_wrong`; `password_command_failed`; `file_unreadable` for a
/// broken file.
pub fn of(root: &Path, sample: bool, asking: &Asking, now: Millis) -> Result<Key, Problem> {
    match WorkspaceFile::read(root).map_err(|error| error.problem())? {
        Some(file) => known(&file, root, asking),
        None => new(root, sample, asking, now),
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::FileUnreadable).with("path", path.display()).because(why)
}

fn known(file: &WorkspaceFile, root: &Path, asking: &Asking) -> Result<Key, Problem> {
    match file.kind {
        WorkspaceKind::KeyStore => {
            let missing = || Problem::new(ProblemCode::SecretMissing).with("account", root.display());
            let text = KeyStore.get(&key_name(&file.key_check))?.ok_or_else(missing)?;
            Key::from_text(&text).map_err(|error| error.problem())
        }
        WorkspaceKind::Passphrase => {
            let salt = file.salt.ok_or_else(|| unreadable(root, &"The salt is missing."))?;
            for _ in 0..TRIES {
                let key = stretched(&asking.ask(root)?, &salt)?;
                if file.opens_with(&key) {
                    return Ok(key);
                }
                if asking.command.is_some() {
                    break;
                }
            }
            Err(Problem::new(ProblemCode::PassphraseWrong))
        }
        WorkspaceKind::Sample => {
            let path = root.join(SAMPLE_KEY);
            let text = std::fs::read_to_string(&path)
                .map(Zeroizing::new)
                .map_err(|error| unreadable(&path, &error))?;
            Key::from_text(&text).map_err(|error| unreadable(&path, &error))
        }
    }
}

/// What only ever lies in a workspace that has been opened before.
const TRACES: &[&str] = &["desk.db", "journal", "attachments"];

fn new(root: &Path, sample: bool, asking: &Asking, now: Millis) -> Result<Key, Problem> {
    // A new key would lock away what the lost file's key opens: the file must be put back instead.
    if TRACES.iter().any(|trace| root.join(trace).exists()) {
        return Err(unreadable(
            &root.join("workspace.json"),
            &"It is missing beside a workspace that needs it.",
        ));
    }
    std::fs::create_dir_all(root).map_err(|error| unreadable(root, &error))?;
    let made = |kind, salt, key: &Key| {
        WorkspaceFile::create(root, kind, salt, key, now).map(drop).map_err(|error| error.problem())
    };
    if sample {
        let (key, path) = (random_key()?, root.join(SAMPLE_KEY));
        private_file(&path, &[key.to_text().as_bytes()]).map_err(|error| unreadable(&path, &error))?;
        made(WorkspaceKind::Sample, None, &key)?;
        return Ok(key);
    }
    if asking.command.is_none() && KeyStore::is_there() {
        let key = random_key()?;
        keep_in_store(&key)?;
        made(WorkspaceKind::KeyStore, None, &key)?;
        return Ok(key);
    }
    let salt = app::new_salt().map_err(|error| error.problem())?;
    let key = stretched(&asking.ask_for_new(root)?, &salt)?;
    made(WorkspaceKind::Passphrase, Some(salt), &key)?;
    Ok(key)
}

fn random_key() -> Result<Key, Problem> {
    Key::random().map_err(|error| error.problem())
}

fn key_name(check: &str) -> String {
    format!("workspace-{check}")
}

/// A store that takes a secret and forgets it would lose the workspace, so it is asked at once.
fn keep_in_store(key: &Key) -> Result<(), Problem> {
    let (name, text) = (key_name(&key.check()), key.to_text());
    KeyStore.set(&name, &text)?;
    match KeyStore.get(&name)? {
        Some(kept) if kept == text => Ok(()),
        _ => Err(Problem::new(ProblemCode::KeyStoreMissing)),
    }
}

fn stretched(passphrase: &str, salt: &[u8; 16]) -> Result<Key, Problem> {
    Key::from_passphrase(passphrase, salt).map_err(|error| error.problem())
}

impl Asking {
    fn ask(&self, root: &Path) -> Result<Zeroizing<String>, Problem> {
        match &self.command {
            Some(command) => from_command(command),
            None => self.typed(Word::CliPassphrase, root),
        }
    }

    /// A new pass phrase, typed twice alike.
    fn ask_for_new(&self, root: &Path) -> Result<Zeroizing<String>, Problem> {
        if let Some(command) = &self.command {
            return from_command(command);
        }
        loop {
            let first = self.typed(Word::CliPassphraseNew, root)?;
            let second = self.typed(Word::CliPassphraseAgain, root)?;
            if first == second && !first.is_empty() {
                return Ok(first);
            }
            crate::terminal::aside(&self.words.say(Word::CliPassphraseDiffer, &[]));
        }
    }

    fn typed(&self, word: Word, root: &Path) -> Result<Zeroizing<String>, Problem> {
        let nobody = || {
            Problem::new(ProblemCode::KeyStoreMissing).because(self.words.say(Word::CliPassphraseHow, &[]))
        };
        if !std::io::stdin().is_terminal() {
            return Err(nobody());
        }
        let question = self.words.say(word, &[("workspace", &root.display().to_string())]);
        rpassword::prompt_password(question).map(Zeroizing::new).map_err(|_| nobody())
    }
}

/// The first line of what `command`, run by the system's shell, prints.
fn from_command(command: &str) -> Result<Zeroizing<String>, Problem> {
    let failed = |why: &dyn std::fmt::Display| Problem::new(ProblemCode::PasswordCommandFailed).because(why);
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
    let mut run = std::process::Command::new(shell);
    run.args([flag, command]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = run.output().map_err(|error| failed(&error))?;
    let said = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(failed(&output.status));
    }
    let text = std::str::from_utf8(&said).map_err(|error| failed(&error))?;
    match text.lines().next().map(str::trim) {
        Some(passphrase) if !passphrase.is_empty() => Ok(Zeroizing::new(passphrase.to_owned())),
        _ => Err(failed(&"The command printed nothing.")),
    }
}

/// Where workspaces lie when nobody names one: `io.foredeck.desk` in the platform's data folder.
pub fn default_root(sample: bool) -> Option<PathBuf> {
    let data = data_folder()?.join("io.foredeck.desk");
    Some(data.join(if sample { "sample" } else { "default" }))
}

fn data_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(xdg) = set("XDG_DATA_HOME") {
        return Some(xdg);
    }
    if cfg!(windows) {
        return set("APPDATA");
    }
    let below = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    set("HOME").map(|home| home.join(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(root: &Path, sample: bool, command: &str) -> Result<String, Problem> {
        let asking = Asking { words: Words::default(), command: Some(command.to_owned()) };
        of(root, sample, &asking, Millis(1)).map(|key| key.to_text().to_string())
    }

    #[test]
    fn a_workspace_whose_file_is_lost_gets_no_new_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("journal"), b"what exists nowhere else").unwrap();
        let asking = Asking { words: Words::default(), command: Some("echo secret".to_owned()) };
        let problem = of(folder.path(), false, &asking, Millis(1)).err().unwrap();
        assert_eq!(problem.code, ProblemCode::FileUnreadable);
        assert!(!folder.path().join("workspace.json").exists());
    }

    #[test]
    fn the_samples_key_lies_beside_it_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("sample");
        let first = key(&root, true, "false").unwrap();
        assert_eq!(key(&root, true, "false").unwrap(), first);
        assert_eq!(key(&root, false, "false").unwrap(), first, "how it is kept was decided when it was made");
    }

    #[test]
    fn a_pass_phrase_makes_the_same_key_each_time_and_is_not_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let first = key(folder.path(), false, "echo ' correct horse '; echo second line").unwrap();
        assert_eq!(key(folder.path(), false, "echo correct horse").unwrap(), first);
        assert_eq!(key(folder.path(), false, "echo wrong").unwrap_err().code, ProblemCode::PassphraseWrong);
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains("horse") && !text.contains(&first));
        }
    }

    #[test]
    fn a_command_that_fails_or_says_nothing_makes_no_workspace() {
        let folder = tempfile::tempdir().unwrap();
        for command in ["false", "true", "exit 3"] {
            assert_eq!(
                key(folder.path(), false, command).unwrap_err().code,
                ProblemCode::PasswordCommandFailed
            );
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_lost_or_broken_sample_key_is_told_and_no_other_is_made() {
        let folder = tempfile::tempdir().unwrap();
        key(folder.path(), true, "false").unwrap();
        let path = folder.path().join(SAMPLE_KEY);
        std::fs::write(&path, "?").unwrap();
        assert_eq!(key(folder.path(), true, "false").unwrap_err().code, ProblemCode::FileUnreadable);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(key(folder.path(), true, "false").unwrap_err().code, ProblemCode::FileUnreadable);
        assert!(!path.exists());
    }
}

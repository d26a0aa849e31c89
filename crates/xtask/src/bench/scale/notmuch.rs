//! The peer: notmuch over the same texts, exported from the workspace and cut into one file a message, as it wants them.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
};

use super::acts;
use crate::{
    bench::{child::measured, figures::median, workspace},
    failure::{Failure, Result, While},
    place, process,
};

/// What each search took, in milliseconds.
pub type Searches = Vec<(String, f64)>;

const RUNS: usize = 15;
/// Messages in one folder.
const FOLDER: u32 = 5_000;

pub fn searches(root: &Path, tickets: u32) -> Result<Searches> {
    let peer = workspace::shelf().join(format!("notmuch-{tickets}"));
    if !peer.join("indexed").exists() {
        println!("  the same texts for notmuch");
        index(root, &peer)?;
    }
    acts::searches().map(|(what, words)| Ok((what, search(&peer, words)?))).collect()
}

fn search(peer: &Path, words: &str) -> Result<f64> {
    // Its words for the same questions.
    let words = words.replace("has:attachment", "tag:attachment");
    let words = if words == "ref" { "ref*".to_owned() } else { words };
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(measured(notmuch(peer).args(["search", "--limit=50", &words]))?.seconds * 1000.0);
    }
    Ok(median(times))
}

fn index(root: &Path, peer: &Path) -> Result {
    workspace::remove(peer)?;
    let mail = peer.join("mail");
    fs::create_dir_all(&mail).during(|| format!("{} can't be made", mail.display()))?;
    let settings = format!(
        "[database]\npath={}\n[user]\nname=Bench\nprimary_email=b@bench.example\n[new]\ntags=unread;inbox\n",
        mail.display()
    );
    fs::write(peer.join("config"), settings).during(|| "notmuch's settings can't be written".into())?;
    let mbox = peer.join("all.mbox");
    let mut foredeck = process::command(place::app("release"));
    measured(foredeck.arg("--workspace").arg(root).arg("export").arg(&mbox).args(["--format", "mbox"]))?;
    cut(&mbox, &mail)?;
    fs::remove_file(&mbox).during(|| "the export can't be removed".into())?;
    measured(notmuch(peer).args(["new", "--quiet"]))?;
    fs::write(peer.join("indexed"), "").during(|| "the index can't be marked".into())
}

fn notmuch(peer: &Path) -> std::process::Command {
    let mut notmuch = process::command("notmuch");
    notmuch.env("NOTMUCH_CONFIG", peer.join("config"));
    notmuch
}

/// An mbox into a file a message.
fn cut(mbox: &Path, mail: &Path) -> Result {
    let unreadable = || format!("{} can't be cut up", mbox.display());
    let mut lines = BufReader::new(File::open(mbox).during(unreadable)?);
    let (mut count, mut message, mut line) = (0, Vec::new(), Vec::new());
    loop {
        line.clear();
        let ended = lines.read_until(b'\n', &mut line).during(unreadable)? == 0;
        if (ended || line.starts_with(b"From ")) && !message.is_empty() {
            file(mail, count, &message)?;
            count += 1;
            message.clear();
        }
        if ended {
            return if count > 0 { Ok(()) } else { Err(Failure::new("the export is empty")) };
        }
        if !line.starts_with(b"From ") {
            message.extend_from_slice(
                line.strip_prefix(b">").filter(|rest| rest.starts_with(b"From ")).unwrap_or(&line),
            );
        }
    }
}

fn file(mail: &Path, number: u32, message: &[u8]) -> Result {
    let folder = mail.join((number / FOLDER).to_string());
    let writing = || format!("{} can't be written", folder.display());
    if number.is_multiple_of(FOLDER) {
        fs::create_dir_all(&folder).during(writing)?;
    }
    File::create(folder.join(number.to_string())).and_then(|mut file| file.write_all(message)).during(writing)
}

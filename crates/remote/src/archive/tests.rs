//! Archives as they lie on real disks, whole and damaged.

use std::fs;

use super::*;

fn all(path: &Path) -> Vec<Result<RawMail, Unreadable>> {
    read(path).unwrap().collect()
}

fn texts(path: &Path) -> Vec<String> {
    all(path).into_iter().map(|mail| String::from_utf8(mail.unwrap().bytes).unwrap()).collect()
}

fn mbox(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.mbox");
    fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn an_mbox_of_any_dialect_is_cut_into_its_messages() {
    let content = b"From jo@example.test Sun Mar  1 10:00:00 2026\nSubject: one\nStatus: RO\nX-Status: A\nContent-Length: 9999\n\n>From here\n>>From there\nFrom now on it is fine\n\nFrom the start: nothing\n\nFrom - Mon Mar 02 11:30:00 2026 +0800\r\nSubject: two\r\n\r\nbody\r\n";
    let (_folder, path) = mbox(content);
    let mails: Vec<RawMail> = all(&path).into_iter().map(Result::unwrap).collect();
    assert_eq!(mails.len(), 2);
    let first = String::from_utf8(mails[0].bytes.clone()).unwrap();
    assert!(
        first.ends_with("\n\nFrom here\n>From there\nFrom now on it is fine\n\nFrom the start: nothing\n"),
        "{first:?}"
    );
    assert_eq!(mails[0].received_at, Some(Millis(1_772_359_200_000)));
    assert_eq!(mails[0].flags, Flags { seen: true, answered: true, flagged: false });
    assert_eq!(mails[1].bytes, b"Subject: two\r\n\r\nbody\r\n");
    assert_eq!(mails[1].received_at, Some(Millis(1_772_422_200_000)));
    assert_eq!(mails[1].origin, Origin { file: path.clone(), index: 2 });
}

#[test]
fn progress_runs_from_nothing_to_all() {
    let content = "From a@b Sun Mar  1 10:00:00 2026\nSubject: x\n\nbody\n\n".repeat(500);
    let (_folder, path) = mbox(content.as_bytes());
    let mut archive = read(&path).unwrap();
    assert_eq!(archive.total_bytes(), content.len() as u64);
    let mut before = 0;
    let mut count = 0;
    while let Some(mail) = archive.next() {
        mail.unwrap();
        count += 1;
        assert!(archive.bytes_read() >= before);
        before = archive.bytes_read();
    }
    assert_eq!((count, archive.bytes_read()), (500, content.len() as u64));
}

#[test]
fn a_message_that_is_too_long_is_reported_and_the_next_is_read() {
    let mut content = b"From a@b Sun Mar  1 10:00:00 2026\nSubject: long\n\n".to_vec();
    content.resize(content.len() + LONGEST_MESSAGE, b'x');
    content.extend_from_slice(b"\n\nFrom a@b Sun Mar  1 10:00:00 2026\nSubject: short\n\nx\n");
    let (_folder, path) = mbox(&content);
    let mails = all(&path);
    assert!(matches!(&mails[0], Err(Unreadable { why: Why::TooLong, origin }) if origin.index == 1));
    assert_eq!(mails[1].as_ref().unwrap().bytes, b"Subject: short\n\nx\n");
    assert_eq!(mails.len(), 2);
}

#[test]
fn a_maildir_gives_its_messages_with_their_flags_and_times() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["cur", "new", "tmp", ".Archive/cur", ".Archive/new", ".Archive/tmp"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    for (name, text) in [
        ("cur/1772359200.M1P1.host:2,FRS", "Subject: a\n\n"),
        ("new/1772359201.M2P1.host", "Subject: b\n\n"),
        ("tmp/1772359202.M3P1.host", "Subject: unfinished\n\n"),
        (".Archive/cur/1772359203.M4P1.host:2,S", "Subject: c\n\n"),
        ("dovecot-uidlist", "3 V1 N1"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mails: Vec<RawMail> = all(folder.path()).into_iter().map(Result::unwrap).collect();
    let mut subjects: Vec<_> =
        mails.iter().map(|mail| String::from_utf8_lossy(&mail.bytes).trim().to_owned()).collect();
    subjects.sort();
    assert_eq!(subjects, ["Subject: a", "Subject: b", "Subject: c"]);
    let a = mails.iter().find(|mail| mail.bytes == b"Subject: a\n\n").unwrap();
    assert_eq!(a.flags, Flags { seen: true, answered: true, flagged: true });
    assert_eq!(a.received_at, Some(Millis(1_772_359_200_000)));
}

#[test]
fn loose_messages_and_folders_of_them_are_read_in_order_of_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(folder.path().join("b.eml"), "Subject: b\n\n").unwrap();
    fs::write(folder.path().join("a.EML"), "Subject: a\n\n").unwrap();
    fs::write(folder.path().join("notes.txt"), "not mail").unwrap();
    fs::write(folder.path().join("more/c.emlx"), "12\nSubject: c\n\n<plist>").unwrap();
    fs::write(folder.path().join("more/d"), "From a@b Sun Mar  1 10:00:00 2026\nSubject: d\n\n").unwrap();
    assert_eq!(texts(folder.path()), ["Subject: a\n\n", "Subject: b\n\n", "Subject: c\n\n", "Subject: d\n"]);
    assert_eq!(texts(&folder.path().join("b.eml")), ["Subject: b\n\n"]);
}

#[test]
fn what_is_no_mail_says_so() {
    let (_folder, path) = mbox(b"just some words\n");
    assert!(matches!(read(&path), Err(Unreadable { why: Why::NotMail, .. })));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(read(empty.path()), Err(Unreadable { why: Why::NotMail, .. })));
    assert!(matches!(read(&empty.path().join("nowhere")), Err(Unreadable { why: Why::Io(_), .. })));
}

#[cfg(unix)]
#[test]
fn a_link_in_a_folder_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x.eml"), "Subject: x\n\n").unwrap();
    fs::write(folder.path().join("a.eml"), "Subject: a\n\n").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("x.eml"), folder.path().join("x.eml")).unwrap();
    assert_eq!(texts(folder.path()), ["Subject: a\n\n"]);
}

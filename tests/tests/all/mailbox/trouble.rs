//! Servers that misbehave, lines that break, messages nobody can have, and disks that are full.

use super::*;

#[tokio::test]
async fn a_server_that_misbehaves_is_tried_again_later() {
    let at = |place: &'static str, reply: Reply| {
        move |_: usize, line: &str| {
            if line.starts_with(place) && (place.is_empty() == line.is_empty()) {
                reply.clone()
            } else {
                polite(line, b"Subject: a\r\n\r\n")
            }
        }
    };
    let say = |text: &str| Reply::Say(text.to_owned());
    let stop = |text: &str| Reply::SayAndClose(text.to_owned());
    let (nonsense, dropped, busy) =
        (ProblemCode::ServerNonsense, ProblemCode::LineDropped, ProblemCode::ServerBusy);
    let table = [
        ("", say("HTTP/1.1 400 Bad Request\r\n\r\n"), nonsense),
        ("", stop("* BYE [UNAVAILABLE] too many connections\r\n"), busy),
        ("", stop("* BYE go away\r\n"), dropped),
        ("", stop(""), dropped),
        ("", Reply::Silence, dropped),
        ("LOGIN", say("{tag} NO [UNAVAILABLE] the directory sleeps\r\n"), busy),
        ("LOGIN", say("{tag} NO [ALERT] Too many simultaneous connections. (Failure)\r\n"), busy),
        ("LOGIN", Reply::Silence, dropped),
        ("LIST", say("%$!\r\n"), nonsense),
        ("LIST", stop("* LIST () "), dropped),
        ("EXAMINE", say("{tag} BAD what\r\n"), nonsense),
        ("UID SEARCH", say("* SEARCH 1 2\r\nf999 OK done\r\n"), nonsense),
        ("UID FETCH", say("* 1 FETCH (UID 1 BODY[] {4294967296}\r\nabc"), nonsense),
        (
            "UID FETCH",
            stop("* 1 FETCH (UID 1 RFC822.SIZE 5) \r\n* 1 FETCH (UID 1 BODY[] {500}\r\nabc"),
            dropped,
        ),
        ("UID FETCH", say("* 1 FETCH (UID 1 BODY[] {500}\r\nabc"), dropped),
    ];
    for (place, reply, code) in table {
        let error = first_error(at(place, reply.clone())).await;
        assert_eq!(error.problem.code, code, "{place:?} {reply:?}");
        let expected = Retry::Transient { after: (code == busy).then_some(Duration::from_secs(60)) };
        assert_eq!(error.retry, expected, "{place:?} {reply:?}");
    }
}

#[tokio::test]
async fn a_missing_inbox_is_for_a_person() {
    let error = first_error(|_, line| {
        if line.starts_with("EXAMINE") {
            Reply::Say("{tag} NO [NONEXISTENT] no\r\n".to_owned())
        } else {
            polite(line, b"")
        }
    });
    let error = error.await;
    assert_eq!((error.retry, error.problem.code), (Retry::Permanent, ProblemCode::FolderMissing));
}

/// Pulls as the engine does, trying again whatever may pass.
async fn persevere(desk: &Mailbox) -> Mirror {
    let mut mirror = Mirror::default();
    for _ in 0..50 {
        match desk.pull(mirror.cursor.as_ref(), &CountingBlobs::default()).await {
            Ok(page) => {
                let more = page.more;
                mirror.take(page);
                if !more {
                    return mirror;
                }
            }
            Err(error) => assert!(matches!(error.retry, Retry::Transient { .. }), "{error:?}"),
        }
    }
    panic!("the mailbox never came to an end");
}

#[tokio::test]
async fn a_message_that_breaks_the_line_every_time_is_known_by_its_header() {
    let script = |_: usize, line: &str| {
        let mail = b"Subject: poison\r\nFrom: a@b.test\r\n\r\nbody";
        if line.contains("BODY.PEEK[]") {
            Reply::SayAndClose("* 1 FETCH (UID 1 BODY[] {50}\r\nabc".to_owned())
        } else {
            polite(line, mail)
        }
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    let mirror = persevere(&desk).await;
    let message = mirror.messages.values().next().unwrap();
    assert!(message.defects.contains(&Defect::AttachmentMissing));
    assert_eq!(message.subject, "poison");
}

#[tokio::test]
async fn a_message_that_cannot_be_had_at_all_is_left_out_and_the_rest_goes_on() {
    let script = |_: usize, line: &str| match line {
        _ if line.starts_with("EXAMINE") => {
            Reply::ok("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 3] fine\r\n")
        }
        _ if line.starts_with("UID SEARCH") => Reply::ok("* SEARCH 1 2\r\n"),
        _ if line.contains("RFC822.SIZE)") => {
            Reply::ok("* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n* 2 FETCH (UID 2 RFC822.SIZE 9)\r\n")
        }
        _ if line.starts_with("UID FETCH 2 ") => Reply::Say("{tag} NO it is broken\r\n".to_owned()),
        _ => polite(line, b"Subject: whole\r\n\r\n"),
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    assert_eq!(persevere(&desk).await.subjects(), ["whole"]);
}

#[tokio::test]
async fn a_message_longer_than_the_server_said_is_read_in_pieces() {
    let whole: Vec<u8> = [b"Subject: liar\r\n\r\n".to_vec(), vec![b'x'; 3 << 20]].concat();
    let script = move |_: usize, line: &str| {
        let piece = line.split_once("BODY.PEEK[]<").and_then(|(_, rest)| rest.split_once('.'));
        let Some((offset, _)) = piece else {
            return match line {
                _ if line.contains("BODYSTRUCTURE") => {
                    Reply::ok("* 1 FETCH (UID 1 BODYSTRUCTURE (\"what\"))\r\n")
                }
                _ if line.contains("RFC822.SIZE)") => Reply::ok("* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n"),
                _ => polite(line, &whole),
            };
        };
        let offset: usize = offset.parse().unwrap();
        let piece = &whole[offset.min(whole.len())..(offset + (512 << 10)).min(whole.len())];
        let text = String::from_utf8_lossy(piece);
        Reply::ok(&format!("* 1 FETCH (UID 1 BODY[]<{offset}> {{{}}}\r\n{text})\r\n", piece.len()))
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    let mirror = persevere(&desk).await;
    let message = mirror.messages.values().next().unwrap();
    assert_eq!(message.subject, "liar");
    assert!(message.defects.contains(&Defect::TextCut), "{:?}", message.defects);
}

#[tokio::test]
async fn a_line_killed_in_the_middle_of_a_page_loses_nothing() {
    let Some(dovecot) = dovecot().await else { return };
    dovecot.seed(USER, None, (1..=450).map(|number| letter(&format!("mail {number}")))).unwrap();
    let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
    mirror.take(mirror.pull(&desk).await);
    dovecot.doveadm(&["kick", USER]).await.unwrap();
    let (pulled, kicked) = tokio::join!(mirror.pull(&desk), dovecot.doveadm(&["kick", USER]));
    mirror.take(pulled);
    // There may have been nobody left to kick.
    drop(kicked);
    for _ in 0..10 {
        match desk.pull(mirror.cursor.as_ref(), &CountingBlobs::default()).await {
            Ok(page) => mirror.take(page),
            Err(error) => assert_eq!(error.problem.code, ProblemCode::LineDropped),
        }
    }
    assert_eq!((mirror.messages.len(), mirror.reported), (450, 450));
}

#[tokio::test]
async fn sixty_megabytes_pass_in_pieces() {
    let Some(dovecot) = dovecot().await else { return };
    let mail = heavy_letter("heavy", 60_000_000);
    dovecot.seed(USER, None, [letter("light"), mail].into_iter()).unwrap();
    let (desk, blobs, mut mirror) = (mailbox(&dovecot), CountingBlobs::default(), Mirror::default());
    loop {
        let page = desk.pull(mirror.cursor.as_ref(), &blobs).await.unwrap();
        let more = page.more;
        mirror.take(page);
        if !more {
            break;
        }
    }
    let tally = blobs.tally();
    assert_eq!((tally.begun, tally.finished), (1, 1));
    assert!((60_000_000..60_000_057).contains(&tally.bytes), "{tally:?}");
    assert!(tally.largest_piece <= 512 << 10, "{tally:?}");
    assert_eq!(mirror.subjects(), ["heavy", "light"]);
    let heavy = mirror.messages.values().find(|incoming| incoming.subject == "heavy").unwrap();
    assert_eq!(heavy.attachments.len(), 1);
    assert_eq!(heavy.attachments[0].name, "drawing.bin");
    assert_eq!(heavy.attachments[0].size, tally.bytes);
    assert!(heavy.body.text.contains("The drawing is attached."));
    assert_eq!(heavy.defects, []);
}

#[tokio::test]
async fn a_full_disk_makes_a_message_wait_instead_of_losing_its_attachment() {
    let Some(dovecot) = dovecot().await else { return };
    for (subject, bytes) in [("heavy", 3_000_000), ("handy", 30_000)] {
        dovecot.deliver(USER, &heavy_letter(subject, bytes)).await.unwrap();
        dovecot.deliver(USER, &letter(&format!("newer than {subject}"))).await.unwrap();
        let (desk, mut mirror) = (mailbox(&dovecot), Mirror::default());
        mirror.take(desk.pull(None, &CountingBlobs::failing(io::ErrorKind::StorageFull)).await.unwrap());
        assert_eq!(mirror.subjects(), [format!("newer than {subject}")], "what came before it is kept");
        let failures = [
            (io::ErrorKind::StorageFull, ProblemCode::DiskFull),
            (io::ErrorKind::Other, ProblemCode::FileUnreadable),
        ];
        for (kind, code) in failures {
            let error = desk.pull(mirror.cursor.as_ref(), &CountingBlobs::failing(kind)).await.unwrap_err();
            assert_eq!((error.retry, error.problem.code), (Retry::Transient { after: None }, code));
        }
        mirror.follow(&desk).await;
        let whole = mirror.messages.values().find(|mail| mail.subject == subject).unwrap();
        assert!(whole.defects.is_empty() && whole.attachments[0].kept.is_some());
    }
}

#[tokio::test]
async fn a_machine_that_slept_connects_anew() {
    let Some(dovecot) = dovecot().await else { return };
    let asleep = Arc::new(AtomicUsize::new(0));
    let hours = asleep.clone();
    let awake = wall_clock();
    let clock = Arc::new(move || awake().plus(Millis::HOUR * hours.load(Ordering::SeqCst) as i64));
    let config = config(dovecot.imaps, Encryption::Tls, &dovecot.authority);
    let (desk, mut mirror) = (Mailbox::new(config, password(PASSWORD), clock), Mirror::default());
    mirror.follow(&desk).await;
    dovecot.deliver(USER, &letter("meanwhile")).await.unwrap();
    asleep.store(9, Ordering::SeqCst);
    mirror.follow(&desk).await;
    assert_eq!(mirror.subjects(), ["meanwhile"]);
    assert_eq!(dovecot.log().matches("Login: user=").count(), 2);
}

#[tokio::test]
async fn a_server_that_tells_of_older_flags_than_it_was_asked_for_keeps_nobody_busy() {
    let flags: String =
        (1..=3_000).map(|uid| format!("* {uid} FETCH (UID {uid} FLAGS () MODSEQ ({uid}))\r\n")).collect();
    let (newest, asked) = (Arc::new(AtomicUsize::new(5_000)), Arc::new(AtomicUsize::new(0)));
    let (now, told) = (Arc::clone(&newest), Arc::clone(&asked));
    let script = move |_: usize, line: &str| {
        let now = now.load(Ordering::Relaxed);
        match line {
            "CAPABILITY" => Reply::ok("* CAPABILITY IMAP4rev1 IDLE CONDSTORE\r\n"),
            _ if line.contains("CHANGEDSINCE") => {
                told.fetch_add(1, Ordering::Relaxed);
                Reply::ok(&flags)
            }
            _ if line.starts_with("EXAMINE") => Reply::ok(&format!(
                "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 2] fine\r\n* OK [HIGHESTMODSEQ {now}] fine\r\n"
            )),
            _ if line.starts_with("STATUS") => Reply::ok(&format!(
                "* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7 HIGHESTMODSEQ {now})\r\n"
            )),
            _ => polite(line, b"Subject: a\r\n\r\nb"),
        }
    };
    let (_server, desk) = scripted(script, Encryption::None).await;
    let mut cursor = persevere(&desk).await.cursor;
    newest.store(6_000, Ordering::Relaxed);
    let mut more = true;
    for _ in 0..3 {
        let page = desk.pull(cursor.as_ref(), &CountingBlobs::default()).await.unwrap();
        (cursor, more) = (Some(page.cursor), page.more);
    }
    assert_eq!((asked.load(Ordering::Relaxed), more), (1, false));
}

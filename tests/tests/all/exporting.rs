//! What is exported can be read again: by another desk from an mbox, by a program from JSON lines. Never over another file.

use std::path::Path;

use app::{Desk, Key, Start};
use model::{Millis, ProblemCode};
use serde_json::{Value, json};
use testkit::{
    GivenHelpdesks, HandClock,
    letter::{heavy_letter, letter},
    surroundings,
};

const NOON: Millis = Millis(1_795_000_000_000);

async fn desk(folder: &Path) -> Desk {
    let (around, _) = surroundings(folder, &HandClock::at(NOON), GivenHelpdesks::default());
    let root = folder.join("workspace");
    let lock = Desk::take(&root).unwrap();
    Desk::open(lock, &root, &Key::random().unwrap(), around, Start::Everything).await.unwrap()
}

async fn call(desk: &Desk, name: &str, args: Value) -> Value {
    desk.dispatch(name, args).await.unwrap_or_else(|problem| panic!("{name}: {problem:?}"))
}

async fn import(desk: &Desk, path: &Path) -> Value {
    call(desk, "import_archive", json!({ "path": path })).await
}

async fn export(desk: &Desk, path: &Path, format: &str) -> Value {
    call(desk, "export_archive", json!({ "path": path, "format": format })).await
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What of an exported line must be the same wherever it was exported.
fn lasting(line: &Value) -> Value {
    let message = &line["message"];
    json!([
        line["subject"],
        line["message_id"],
        message["from"],
        message["to"],
        message["text"],
        line["attachments"]
    ])
}

/// Mails with a file, with a picture that its HTML shows, with words that an mbox must quote, and without anything.
fn mails(folder: &Path) {
    let shown = "From: Ada <ada@customer.test>\r\nTo: desk@desk.test\r\nSubject: =?utf-8?B?56C05o2f?=\r\n\
        Message-ID: <shown@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=edge\r\n\r\n\
        --edge\r\nContent-Type: text/html\r\n\r\n<p>Broken: <img src=\"cid:cup@x\"></p>\r\n\
        --edge\r\nContent-Type: image/png; name=\"=?utf-8?B?6Iy25p2v?=.png\"\r\nContent-ID: <cup@x>\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--edge--\r\n";
    let quoted = String::from_utf8(letter("quoted")).unwrap() + "From here on\r\n>From there\r\n";
    let all =
        [heavy_letter("heavy", 200_000), shown.as_bytes().to_vec(), quoted.into_bytes(), letter("plain")];
    for (number, mail) in all.iter().enumerate() {
        std::fs::write(folder.join(format!("{number}.eml")), mail).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_desk_exports_another_imports_with_every_attachment() {
    let folder = tempfile::tempdir().unwrap();
    let [mail, first, second] = ["mail", "first", "second"].map(|name| folder.path().join(name));
    for path in [&mail, &first, &second] {
        std::fs::create_dir(path).unwrap();
    }
    mails(&mail);
    let (one, other) = (desk(&first).await, desk(&second).await);
    assert_eq!(import(&one, &mail).await["messages"], 4);
    let [mbox, written, again] =
        ["all.mbox", "all.jsonl", "again.jsonl"].map(|name| folder.path().join(name));
    assert_eq!(export(&one, &mbox, "mbox").await["messages"], 4);
    export(&one, &written, "json_lines").await;

    let imported = import(&other, &mbox).await;
    assert_eq!((&imported["messages"], &imported["unreadable"]), (&json!(4), &json!([])));
    export(&other, &again, "json_lines").await;
    let mut expected: Vec<Value> = lines(&written).iter().map(lasting).collect();
    let mut found: Vec<Value> = lines(&again).iter().map(lasting).collect();
    expected.sort_by_key(Value::to_string);
    found.sort_by_key(Value::to_string);
    assert_eq!(found, expected);
    let files: Vec<&Value> = expected.iter().flat_map(|line| line[5].as_array().unwrap()).collect();
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|file| file["missing"] == false && file["content"].is_string()));
    assert!(files.iter().any(|file| file["name"] == "茶杯.png" && file["content"] == "iVBORw0KGgo="));

    let refused =
        one.dispatch("export_archive", json!({ "path": mbox, "format": "mbox" })).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::FileExists);
    assert_eq!(refused.params["path"], mbox.display().to_string());
    one.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_that_is_not_here_any_more_is_named_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("heavy.eml");
    std::fs::write(&mail, heavy_letter("heavy", 1_000)).unwrap();
    let desk = desk(folder.path()).await;
    import(&desk, &mail).await;
    std::fs::remove_dir_all(folder.path().join("workspace/attachments")).unwrap();
    let [mbox, written] = ["all.mbox", "all.jsonl"].map(|name| folder.path().join(name));
    assert_eq!(export(&desk, &mbox, "mbox").await["messages"], 1, "the rest is worth having");
    export(&desk, &written, "json_lines").await;
    let file = &lines(&written)[0]["attachments"][0];
    assert_eq!(
        (&file["name"], &file["missing"], &file["content"]),
        (&json!("drawing.bin"), &json!(true), &Value::Null)
    );
    let text = std::fs::read_to_string(&mbox).unwrap();
    assert!(text.contains("drawing.bin") && text.contains("X-Foredeck-Content: missing"), "{text}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_any_header_is_unreadable_and_makes_no_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    std::fs::create_dir(&mail).unwrap();
    std::fs::write(mail.join("a.eml"), letter("whole")).unwrap();
    std::fs::write(mail.join("b.eml"), "\0\x01\x02 nothing of a mail\n\nat all").unwrap();
    std::fs::write(mail.join("c.eml"), "").unwrap();
    let desk = desk(folder.path()).await;
    let imported = import(&desk, &mail).await;
    assert_eq!((&imported["messages"], &imported["tickets"]), (&json!(1), &json!(1)));
    let named = imported["unreadable"].as_array().unwrap();
    let named: Vec<bool> = named.iter().map(|one| one["file"].as_str().unwrap().ends_with(".eml")).collect();
    assert_eq!(named, [true, true]);
    desk.close().await;
}

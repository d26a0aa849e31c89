//! Answering as an agent does it: in the real window, over a real submission server, read back from the customer's own mailbox by a reader that is
//! not ours. With the line out, with the process killed inside the ten seconds, and with the supervisor's window beside it.

use std::path::Path;

use fantoccini::Locator;
use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::{Value, json};
use testkit::cable::{Cable, Cut};
use testkit::dovecot::{Dovecot, PASSWORD};
use testkit::smtpd::Smtpd;

use super::stage::{Stage, Window};
use super::{AGENT, USER, button, mail, row};

const CUSTOMER: &str = "customer@desk.test";
/// What a customer program must show again, character by character.
const WORDS: &str = "您好，王女士：新的茶具今天已经寄出，预计周三送到。Sorry for the wait — “really”. ";
/// Comes from a palette of the system's, since no key has it.
const EMOJI: &str = "\u{1F375}";

/// Every mail in the customer's inbox, as it lies there.
async fn received(dovecot: &Dovecot) -> Vec<String> {
    let found = dovecot.doveadm(&["search", "-u", CUSTOMER, "mailbox", "INBOX", "all"]).await.unwrap();
    let mut mails = Vec::new();
    for line in found.lines() {
        let (guid, uid) = line.split_once(' ').unwrap();
        let query = ["fetch", "-u", CUSTOMER, "text", "mailbox-guid", guid, "uid", uid.trim()];
        mails.push(dovecot.doveadm(&query).await.unwrap().trim_start_matches("text:\n").to_owned());
    }
    mails
}

async fn until_received(stage: &Stage, dovecot: &Dovecot, count: usize) {
    stage.eventually("the customer has the reply", async |_| received(dovecot).await.len() >= count).await;
    assert_eq!(received(dovecot).await.len(), count, "each reply once");
}

impl Window {
    async fn outbox(&self) -> Vec<Value> {
        self.call("outbox", json!({})).await.as_array().unwrap().clone()
    }

    async fn write(&self, text: &str) {
        let editor = self.find("//div[@role='textbox'][@contenteditable='true']").await;
        editor.click().await.unwrap();
        editor.send_keys(text).await.unwrap();
    }
}

async fn connect(window: &Window, dovecot: &Dovecot, imap: u16, smtp: u16) {
    let mailbox = json!({
        "name": "care@", "address": USER, "aliases": [], "user": USER,
        "imap": { "host": "127.0.0.1", "port": imap, "encryption": "tls" },
        "smtp": { "host": "127.0.0.1", "port": smtp, "encryption": "tls" },
        "credential": { "kind": "password", "password": PASSWORD },
        "extra_ca": dovecot.authority,
    });
    window.call("check_mailbox", json!({ "mailbox": mailbox })).await;
    window.call("add_mailbox", json!({ "mailbox": mailbox })).await;
}

/// What arrived is what was written, to another reader than ours.
fn assert_as_written(raw: &str, attached: &[u8]) {
    let mail = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let text = mail.body_text(0).unwrap();
    assert!(text.contains(&format!("{WORDS}{EMOJI}")), "{text}");
    assert!(mail.body_html(0).unwrap().contains(WORDS.trim()));
    assert!(mail.subject().unwrap().starts_with("Re: 茶壶碎了 [FD-"), "{:?}", mail.subject());
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some(USER));
    assert_eq!(mail.in_reply_to().as_text(), Some("broken@customer.test"));
    let file = mail.attachments().next().unwrap();
    assert_eq!(file.attachment_name(), Some("发货单 2026年11月（最终版）.pdf"));
    assert_eq!(file.contents(), attached);
}

fn written(folder: &Path) -> (String, Vec<u8>) {
    let path = folder.join("发货单 2026年11月（最终版）.pdf");
    let content: Vec<u8> =
        b"%PDF-1.4\n".iter().copied().chain((0..60_000).map(|n| (n * 31 % 251) as u8)).collect();
    std::fs::write(&path, &content).unwrap();
    (path.to_string_lossy().into_owned(), content)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reads_what_was_written_and_each_reply_once_also_offline_and_after_a_kill() {
    let (Some(mut stage), Some(server)) = (Stage::set().await, Smtpd::start().await.unwrap()) else { return };
    let dovecot = &server.dovecot;
    let local = |port| ([127, 0, 0, 1], port).into();
    let imap = Cable::to(local(dovecot.imaps)).await.unwrap();
    let smtp = Cable::to(local(dovecot.submissions)).await.unwrap();
    let asked = mail(
        "broken",
        &format!("王静 <{CUSTOMER}>"),
        "茶壶碎了",
        "打开箱子，茶壶碎成三块。周六要用，怎么办？",
    );
    dovecot.deliver(USER, &asked).await.unwrap();
    let workspace = stage.home().join("workspace");
    let args = ["--workspace", workspace.to_str().unwrap()];
    let window = Window(stage.open_desk(&args).await);
    window.find(&button("Connect a mailbox")).await;
    connect(&window, dovecot, imap.port(), smtp.port()).await;
    window.0.refresh().await.unwrap();

    // With a file and in Chinese.
    window.find(&row("茶壶碎了")).await.click().await.unwrap();
    window.find("//*[contains(@class,'message')]").await;
    press_key(&window, "r").await;
    window.write(WORDS).await;
    window.script(&format!("document.execCommand('insertText', false, '{EMOJI}')")).await;
    let (file, content) = written(stage.home());
    let input = window.0.wait().for_element(Locator::Css(".composer input[type=file]")).await.unwrap();
    input.send_keys(&file).await.unwrap();
    window.find("//*[contains(@class,'composer')]//*[contains(., '发货单')]").await;
    window.pictures(&stage, AGENT, "reply").await;
    window.find(SEND).await.click().await.unwrap();
    window.find(&button("Undo")).await;
    window.pictures(&stage, AGENT, "held").await;
    until_received(&stage, dovecot, 1).await;
    assert_as_written(&received(dovecot).await[0], &content);
    let ticket = ticket_of(&window, "茶壶碎了").await;
    stage
        .eventually("the ticket waits for the customer", async |_| {
            conversation(&window, &ticket).await["ticket"]["row"]["status"] == "waiting"
        })
        .await;

    // Taken back within the ten seconds: the words are in the editor again, and nobody got them.
    press_key(&window, "r").await;
    window.write("Not yet").await;
    window.find(SEND).await.click().await.unwrap();
    window.find(&button("Undo")).await;
    // The driver aims before it presses, and the card may still be moving up.
    stage
        .eventually("the words are in the editor again", async |_| {
            if let Ok(undo) = window.0.find(Locator::XPath(&button("Undo"))).await {
                let _it_may_have_moved = undo.click().await;
            }
            window.0.find(Locator::XPath("//div[@role='textbox'][contains(., 'Not yet')]")).await.is_ok()
        })
        .await;
    assert!(window.outbox().await.is_empty());
    window.call("discard_draft", json!({ "ticket": ticket })).await;

    overtaken(&stage, dovecot, &window, &ticket).await;

    // With the cable out it waits and says why; when the line is back it leaves.
    imap.cut(Cut::Reset);
    smtp.cut(Cut::Reset);
    queue(&window, &ticket, "<p>Written with the cable out.</p>").await;
    stage
        .eventually("the outbox says why it waits", async |_| {
            window.outbox().await.first().is_some_and(|one| one["entry"]["problem"] != Value::Null)
        })
        .await;
    window.press("Outbox").await;
    window.pictures(&stage, AGENT, "outbox").await;
    assert_eq!(received(dovecot).await.len(), 1);
    imap.mend();
    smtp.mend();
    until_received(&stage, dovecot, 2).await;

    // Killed inside the ten seconds: it is held, says so at the next start, and leaves once when it is told to.
    queue(&window, &ticket, "<p>Killed while it was held.</p>").await;
    stage.kill_desk(&workspace).await;
    let window = Window(stage.open_desk(&args).await);
    window.find("//*[contains(., 'had not left')]").await;
    let held = window.outbox().await;
    assert_eq!((held.len(), &held[0]["entry"]["state"]), (1, &json!("held")));
    stage.picture("held-after-start").await;
    window.call("release", json!({ "outbox": held[0]["entry"]["id"], "was": "held" })).await;
    until_received(&stage, dovecot, 3).await;
    stage.eventually("nothing waits any more", async |_| window.outbox().await.is_empty()).await;

    supervise(&stage, dovecot, window).await;
}

/// A colleague answers from another desk while this one's reply is held: it does not leave, and shows what is new.
async fn overtaken(stage: &Stage, dovecot: &Dovecot, window: &Window, ticket: &Value) {
    let colleague = format!(
        "From: Chen Jing <{USER}>\r\nTo: <{CUSTOMER}>\r\nSubject: Re: 茶壶碎了\r\nMessage-ID: <colleague@desk.test>\r\n\
         In-Reply-To: <broken@customer.test>\r\nDate: {}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n您好，我来处理这件事。\r\n",
        jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z")
    );
    let file = stage.home().join("colleague.eml");
    std::fs::write(&file, colleague).unwrap();
    queue(window, ticket, "<p>Two answers would confuse her.</p>").await;
    dovecot.doveadm(&["save", "-u", USER, "-m", "Sent", file.to_str().unwrap()]).await.unwrap();
    window.find(&button("Send anyway")).await;
    window.find("//*[contains(., '我来处理这件事')]").await;
    window.pictures(stage, AGENT, "review").await;
    assert_eq!(received(dovecot).await.len(), 1, "it waits for a person");
    let waiting = window.outbox().await;
    assert_eq!((&waiting[0]["entry"]["state"], &waiting[0]["news"]), (&json!("review"), &json!(1)));
    window.call("drop_outgoing", json!({ "outbox": waiting[0]["entry"]["id"] })).await;
}

/// The dashboard's numbers equal a count by hand.
async fn supervise(stage: &Stage, dovecot: &Dovecot, window: Window) {
    for n in 0..3 {
        let from = format!("Marcus <marcus{n}@customer.test>");
        dovecot
            .deliver(USER, &mail(&format!("late{n}"), &from, &format!("Order {n} is late"), "Where is it?"))
            .await
            .unwrap();
    }
    let urgent = mail("sue", "Aisha <aisha@customer.test>", "Charged twice", "I will call my lawyer.");
    dovecot.deliver(USER, &urgent).await.unwrap();
    window.find(&row("Charged twice")).await;
    snooze(stage, &window).await;
    let agent = window.0.window().await.unwrap();
    window.call("open_dashboard", json!({})).await;
    stage
        .eventually("the supervisor's window is there", async |_| {
            window.0.windows().await.unwrap().len() == 2
        })
        .await;
    let other = window.0.windows().await.unwrap().into_iter().find(|one| *one != agent).unwrap();
    window.0.switch_to_window(other.clone()).await.unwrap();
    window.find("//*[contains(@class,'kpi')]//button[normalize-space(.)='4']").await;
    let board = window.call("board", json!({})).await;
    // Four wait, one of them urgent; five mails came today and the first of them was answered, by three mails in a row.
    assert_eq!((&board["queue"], &board["urgent"]), (&json!(4), &json!(1)), "{board}");
    assert_eq!((&board["today"]["arrived"], &board["today"]["answered"]), (&json!(5), &json!(1)), "{board}");
    window.find("//*[contains(@class,'kpi')]//button[normalize-space(.)='4']").await.click().await.unwrap();
    window.0.switch_to_window(agent).await.unwrap();
    window.find("//h1[contains(., 'In queue')]").await;
    for subject in ["Order 0 is late", "Order 1 is late", "Order 2 is late", "Charged twice"] {
        window.find(&row(subject)).await;
    }
    assert_eq!(window.0.find_all(Locator::XPath("//*[@role='option']")).await.unwrap().len(), 4);
    window.find("//button[starts-with(@aria-label, 'Alerts')]").await.click().await.unwrap();
    window.find("//*[@role='dialog']//button[contains(@aria-label, 'Charged twice')]").await;
    stage.picture("alerts-light-en").await;
    window.0.close().await.unwrap();
}

/// The button of the system's own notification.
async fn snooze(stage: &Stage, window: &Window) {
    stage
        .eventually("the urgent one is told", async |stage| {
            stage.output("dunstctl", &["count", "displayed"]).await.trim() == "1"
        })
        .await;
    stage.output("dunstctl", &["context"]).await;
    stage
        .eventually("it is put off", async |_| {
            window.call("alerts", json!({})).await[0]["snoozed_until_ms"] != Value::Null
        })
        .await;
}

const SEND: &str = "//form[contains(@class,'composer')]//button[@type='submit']";

async fn press_key(window: &Window, key: &str) {
    window.find("//body").await.send_keys(key).await.unwrap();
}

async fn ticket_of(window: &Window, subject: &str) -> Value {
    let asked = json!({ "scope": { "kind": "search", "query": subject }, "after": null, "limit": 5 });
    window.call("tickets", asked).await["rows"][0]["row"]["id"].clone()
}

async fn conversation(window: &Window, ticket: &Value) -> Value {
    window.call("conversation", json!({ "ticket": ticket })).await
}

/// Writes and sends off a reply as the composer does.
async fn queue(window: &Window, ticket: &Value, html: &str) {
    let draft = window.call("begin_reply", json!({ "ticket": ticket, "kind": "reply" })).await;
    let mut text = draft["text"].clone();
    text["html"] = json!(html);
    window.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    let seen = conversation(window, ticket).await["seen"].clone();
    window.call("send", json!({ "ticket": ticket, "seen": seen, "then": null })).await;
}

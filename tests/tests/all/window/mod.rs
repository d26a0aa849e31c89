//! The desk as a person has it: the real window, a real mail server, a real notification daemon, a real key store.
//!
//! `FOREDECK_SHOTS=DIR` keeps the pictures that the documentation shows.

mod answering;
mod stage;
mod views;

use std::time::Duration;

use fantoccini::{Locator, elements::Element};
use serde_json::{Value, json};
use stage::{Stage, Window};
use testkit::dovecot::{Dovecot, PASSWORD};

const USER: &str = "agent@desk.test";
/// English and light last, for what comes after.
const LOOKS: [(&str, &str); 4] = [("zh-CN", "dark"), ("zh-CN", "light"), ("en", "dark"), ("en", "light")];
/// The ends of the windows' titles.
const AGENT: [&str; 2] = ["Foredeck$"; 2];
const DASHBOARD: [&str; 2] = ["Dashboard", "看板"];
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail as a customer's program sends it.
fn mail(id: &str, from: &str, subject: &str, text: &str) -> Vec<u8> {
    let now = jiff::Zoned::now().strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
    format!(
        "From: {from}\r\nTo: {USER}\r\nSubject: {subject}\r\nMessage-ID: <{id}@customer.test>\r\nDate: {now}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

/// A letter with a picture of its own, a picture from elsewhere, and a script that must not run.
fn letter() -> Vec<u8> {
    let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let html = "<h1>Your order</h1><table><tr><td>Tea set</td><td>1</td></tr><tr><td>Kettle</td><td>2</td></tr></table>\
        <img src=\"cid:logo@shop\" width=40 height=40><img src=\"https://tracker.invalid/p.gif\" width=300 height=90>\
        <script>document.title = 'ran'; top.document.title = 'ran'</script><a href=\"https://evil.invalid/x\">https://shop.test/order</a>";
    format!(
        "From: Shop <shop@customer.test>\r\nTo: {USER}\r\nSubject: A letter with pictures\r\nMessage-ID: <letter@customer.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         {html}\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <logo@shop>\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: inline; filename=logo.png\r\n\r\n{pixel}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// The letter's own picture is there, the other is not, and nothing in it ran.
async fn read_letter(stage: &Stage, window: &Window) {
    window.find(&row("A letter with pictures")).await.click().await.unwrap();
    window.find("//iframe").await;
    window.0.enter_frame(0).await.unwrap();
    stage
        .eventually("the letter's own picture is drawn", async |_| {
            window
                .script("return [...document.images].some((one) => one.complete && one.naturalWidth > 0)")
                .await
                == json!(true)
        })
        .await;
    let page = window
        .script("return [document.title, document.images.length, document.body.innerText, origin]")
        .await;
    assert_ne!(page[0], "ran");
    assert!(page[2].as_str().unwrap().contains("Tea set"), "{page}");
    assert_eq!(page[3], "null", "the frame has no origin");
    window.0.enter_parent_frame().await.unwrap();
    assert_ne!(window.script("return document.title").await, "ran");
    stage
        .eventually("the frame is as high as its letter", async |_| {
            window.script("return document.querySelector('iframe').clientHeight > 100").await == json!(true)
        })
        .await;
    stage.picture("letter").await;
}

/// The field under a label, whichever way the two are joined.
fn field(label: &str) -> String {
    let named = format!("//label[contains(normalize-space(.), '{label}')]");
    let kinds = "*[self::input or self::textarea or self::select]";
    format!("({named}//{kinds} | {named}/following::{kinds}[1])[1]")
}

fn button(text: &str) -> String {
    format!("//button[contains(normalize-space(.), '{text}')]")
}

fn row(subject: &str) -> String {
    format!("//*[@role='option'][contains(., '{subject}')]")
}

impl Window {
    async fn find(&self, xpath: &str) -> Element {
        let found = self.0.wait().at_most(PATIENCE).for_element(Locator::XPath(xpath)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{xpath}: {error}\n{}", self.script("return document.body.innerText").await),
        }
    }

    async fn press(&self, text: &str) {
        self.find(&button(text)).await.click().await.unwrap_or_else(|error| panic!("{text}: {error}"));
    }

    async fn type_in(&self, label: &str, text: &str) {
        let field = self.find(&field(label)).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Calls the desk's API from inside the window.
    async fn call(&self, name: &str, args: Value) -> Value {
        let script = "const [name, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke('call', { name, args }).then((out) => done({ out }), (problem) => done({ problem }));";
        let answer = self.0.execute_async(script, vec![json!(name), args]).await.unwrap();
        assert!(answer.get("problem").is_none(), "{name}: {answer}");
        answer["out"].clone()
    }

    /// A picture of this window in each language and theme. `titles` tell it from others, in English and in Chinese.
    async fn pictures(&self, stage: &Stage, titles: [&str; 2], name: &str) {
        for (language, theme) in LOOKS {
            self.look(language, theme).await;
            stage
                .eventually("the page is redrawn", async |_| {
                    let shown = self
                        .script(
                            "const { lang, dataset } = document.documentElement; return [lang, dataset.theme]",
                        )
                        .await;
                    shown == json!([language, theme])
                })
                .await;
            let [english, chinese] = titles;
            let title = if language == "en" { english } else { chinese };
            stage
                .picture_named(title, &format!("{name}-{theme}-{}", language.split('-').next().unwrap()))
                .await;
        }
    }

    async fn look(&self, language: &str, theme: &str) {
        let mut settings = self.call("settings", json!({})).await;
        settings["language"] = json!(language);
        settings["theme"] = json!(theme);
        self.call("save_settings", json!({ "settings": settings })).await;
    }
}

/// Fills in the form of a new mailbox and adds it.
async fn connect(window: &Window, dovecot: &Dovecot) {
    window.press("Connect a mailbox").await;
    window.type_in("Mail address", USER).await;
    window.press("Continue").await;
    window.type_in("IMAP server", "127.0.0.1").await;
    window.type_in("Port", &dovecot.imaps.to_string()).await;
    window.type_in("User name", USER).await;
    window.type_in("Password", "not the password").await;
    window.press("Check the connection").await;
    // The server's certificate is its own: the form says why it is refused and offers to trust an authority.
    let authority = window.find(&field("Certificate (PEM)")).await;
    let script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', { bubbles: true }));";
    let pasted = vec![serde_json::to_value(&authority).unwrap(), json!(dovecot.authority)];
    window.0.execute(script, pasted).await.unwrap();
    window.press("Check the connection").await;
    window.find("//*[contains(@class,'field-error')]").await;
    window.type_in("Password", PASSWORD).await;
    window.press("Check the connection").await;
    window.press("Add this mailbox").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_connected_and_an_urgent_mail_is_told_opened_and_still_there_after_a_kill() {
    let (Some(mut stage), Some(dovecot)) = (Stage::set().await, Dovecot::start().await.unwrap()) else {
        return;
    };
    for n in 0..12 {
        let mail = mail(
            &format!("old{n}"),
            "Marcus Webb <marcus@customer.test>",
            &format!("Order {n} is late"),
            "Where is it?",
        );
        dovecot.deliver(USER, &mail).await.unwrap();
    }
    let workspace = stage.home().join("workspace");
    let args = ["--workspace", workspace.to_str().unwrap()];
    let window = Window(stage.open_desk(&args).await);
    window.find(&button("Connect a mailbox")).await;
    stage.picture("first-use").await;
    connect(&window, &dovecot).await;
    window.find(&row("Order 11 is late")).await;

    // Arrives while one looks.
    let sent = std::time::Instant::now();
    dovecot
        .deliver(USER, &mail("new", "林静怡 <lin@customer.test>", "茶具碎了", "打开箱子四只杯子碎了三只。"))
        .await
        .unwrap();
    window.find(&row("茶具碎了")).await;
    println!("a new mail was on screen after {} ms", sent.elapsed().as_millis());

    dovecot.deliver(USER, &letter()).await.unwrap();
    read_letter(&stage, &window).await;

    // Urgent: the system tells it, and a click opens it.
    let urgent = mail(
        "urgent",
        "林静怡 <lin.jingyi@customer.test>",
        "Card 6222020200112233 charged twice",
        "再不处理我就找律师了。",
    );
    dovecot.deliver(USER, &urgent).await.unwrap();
    stage
        .eventually("a notification is shown", async |stage| {
            stage.output("dunstctl", &["count", "displayed"]).await.trim() == "1"
        })
        .await;
    stage.picture_of_all("notification").await;
    stage.output("dunstctl", &["action", "0"]).await;
    window.find("//h1[contains(., 'charged twice')] | //h2[contains(., 'charged twice')]").await;
    window.find(&button("Take it")).await.click().await.unwrap();

    // A note and a tag of this desk's own, then the process dies where it stands.
    let open = window
        .call(
            "tickets",
            json!({ "scope": { "kind": "search", "query": "charged" }, "after": null, "limit": 5 }),
        )
        .await;
    let ticket = open["rows"][0]["row"]["id"].clone();
    window.call("tag_tickets", json!({ "tickets": [ticket], "name": "双重扣款" })).await;
    window.call("add_note", json!({ "ticket": ticket, "text": "已联系财务。" })).await;
    stage.kill_desk(&workspace).await;
    dovecot
        .deliver(USER, &mail("meanwhile", "Aisha <aisha@customer.test>", "While you were away", "Hello?"))
        .await
        .unwrap();

    let window = Window(stage.open_desk(&args).await);
    window.find(&row("While you were away")).await;
    let again = window.call("conversation", json!({ "ticket": ticket })).await;
    assert_eq!(again["ticket"]["row"]["tags"][0]["name"], "双重扣款");
    assert!(
        again["messages"]
            .as_array()
            .unwrap()
            .iter()
            .any(|shown| shown["segments"][0]["text"] == "已联系财务。"),
        "{again}"
    );
    assert_eq!(again["ticket"]["row"]["urgent"], Value::Null, "it was taken and does not ask again");
    window.0.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_opens_in_both_languages_and_themes() {
    let Some(stage) = Stage::set().await else { return };
    let workspace = stage.home().join("sample");
    let window = Window(stage.open_desk(&["--workspace", workspace.to_str().unwrap()]).await);
    window.press("Open the sample workspace").await;
    window.find("//*[@role='option']").await;
    stage
        .eventually("the sample is tagged", async |_| {
            let tags = window.call("tags", json!({})).await;
            tags.as_array().is_some_and(|tags| tags.len() > 5)
        })
        .await;
    let urgent = "//*[@role='option'][.//*[contains(@class,'pennant')]][.//*[contains(@class,'size')]]";
    window.find(urgent).await.click().await.unwrap();
    window.find("//*[contains(@class,'message')]").await;
    window.pictures(&stage, AGENT, "agent").await;
    let agent = window.0.window().await.unwrap();
    window.call("open_dashboard", json!({})).await;
    stage
        .eventually("the supervisor's window is there", async |_| {
            window.0.windows().await.unwrap().len() == 2
        })
        .await;
    let other = window.0.windows().await.unwrap().into_iter().find(|one| *one != agent).unwrap();
    window.0.switch_to_window(other).await.unwrap();
    window.find("//*[contains(@class,'kpi')]").await;
    window.pictures(&stage, DASHBOARD, "dashboard").await;
    window.0.close().await.unwrap();
}

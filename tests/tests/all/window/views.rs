//! A queue worked as an agent does it, in the real window over the real store: asked for by typing, saved as a view, changed by the
//! hundred and taken back by one key.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::AGENT;
use super::stage::{Stage, Window};

const ROWS: &str = "//*[@role='option'][contains(@class,'ticket-row')]";
const FIELD: &str = "//input[@role='combobox'][@placeholder]";

impl Window {
    async fn keys(&self, keys: &str) {
        self.0.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// How many tickets a query finds, by the desk's own walk.
    async fn found(&self, query: &str) -> usize {
        let scope = json!({ "kind": "search", "query": query });
        let ids = self.call("tickets_in", json!({ "scope": scope, "limit": 5_000 })).await;
        ids.as_array().unwrap().len()
    }

    /// A saved view as the rail has it.
    async fn view(&self, name: &str) -> Value {
        let views = self.call("views", json!({})).await;
        let found = views.as_array().unwrap().iter().find(|view| view["name"] == name);
        found.cloned().unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_typed_saved_as_a_view_and_a_hundred_tickets_are_changed_and_taken_back() {
    let Some(stage) = Stage::set().await else { return };
    let workspace = stage.home().join("sample");
    let folder = workspace.to_str().unwrap();
    stage
        .output(
            super::stage::foredeck().to_str().unwrap(),
            &["--workspace", folder, "sample", "--tickets", "600"],
        )
        .await;
    let window = Window(stage.open_desk(&["--workspace", folder]).await);
    window.find(ROWS).await;

    // What may be typed is offered; what can't be read is pointed at, and the last result stays.
    let field = window.find(FIELD).await;
    field.click().await.unwrap();
    window.keys("stat").await;
    window.find("//*[@role='listbox']//*[@role='option'][contains(., 'status:')]").await;
    window.keys("us:waiting ").await;
    window.find(ROWS).await;
    window.keys("is:vipp").await;
    window.find("//*[@id='search-problem']").await;
    window.find(ROWS).await;
    window.keys(&String::from(char::from(Key::Backspace))).await;
    let there = window.found("status:waiting is:vip").await;
    assert!(there > 1, "VIPs have written to the sample shop");
    window.pictures(&stage, AGENT, "search").await;

    // The question becomes a view with a live count.
    window.press("Save as view").await;
    window.find("//*[@role='dialog']").await;
    window.type_in("Name", "VIPs, answered").await;
    window.find("//*[@role='dialog']//button[@type='submit'][not(@disabled)]").await.click().await.unwrap();
    window.find("//h1[@id='view-name'][contains(., 'VIPs, answered')]").await;
    stage
        .eventually("the view is counted whole", async |_| {
            let view = window.view("VIPs, answered").await;
            view["counted"].is_null() && view["tickets"] == json!(there)
        })
        .await;

    // All of it is picked and set to waiting; one key gives every ticket back what it had.
    window.find(ROWS).await.click().await.unwrap();
    window.find("//*[contains(@class,'message')]").await;
    window.script("document.querySelector('[role=listbox].rows').focus()").await;
    window.keys(&format!("{}a{}", char::from(Key::Control), char::from(Key::Null))).await;
    window.find("//*[@role='toolbar']").await;
    window.pictures(&stage, AGENT, "bulk").await;
    window.find("//*[@role='toolbar']//button[contains(., 'Close')]").await.click().await.unwrap();
    stage
        .eventually("they have left the view", async |_| {
            window.view("VIPs, answered").await["tickets"] == json!(0)
        })
        .await;
    window.script("document.body.focus()").await;
    window.keys(&format!("{}z{}", char::from(Key::Control), char::from(Key::Null))).await;
    stage
        .eventually("they are back", async |_| window.view("VIPs, answered").await["tickets"] == json!(there))
        .await;
    assert_eq!(window.found("status:waiting is:vip").await, there);
    window.0.close().await.unwrap();
}

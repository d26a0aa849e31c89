//! From a key to the second animation frame that shows the right content, in the real window.
//!
//! Each key is sent when the page has been at rest; what it shows once it is at rest again is the right content, and the figure is the time of the
//! first frame from which that was shown, so that an answer shown late or corrected later counts whole. A key that changes nothing is a failure,
//! but for a letter: the answer to a longer word may look the same.

use std::{thread, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{keys::Keyboard, webdriver::Page};
use crate::failure::{Failure, Result, While};

const WATCH: &str = include_str!("watch.js");
const COLLECT: &str = include_str!("collect.js");
const SCROLL: &str = include_str!("scroll.js");

/// How long nothing may change for the page to be at rest.
const QUIET_MS: u32 = 220;
const NEXT: usize = 60;
const VIEWS: usize = 60;
/// Words that people search a shop's tickets for; the first ones are typed letter by letter.
const WORDS: &[&str] = &[
    "refund", "tracking", "kettle", "broken", "coupon", "invoice", "address", "delivery", "warranty",
    "payment", "teapot", "order", "battery", "cancel", "exchange", "damaged", "late", "password", "login",
    "parcel", "wrong", "size", "colour", "missing", "return", "charge", "customs", "gift", "discount",
    "lamp", "cup", "glass", "phone", "stock", "email", "receipt", "card", "weekend", "label", "courier",
    "promo", "checkout", "box", "blue", "green", "review", "quality", "shipping",
];
const SPELT: usize = 10;

/// Milliseconds of each try, by what was done.
#[derive(Default)]
pub struct Paints {
    pub next: Vec<f64>,
    pub open: Vec<f64>,
    pub view: Vec<f64>,
    pub letter: Vec<f64>,
    pub back: Vec<f64>,
}

/// What is watched.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Shown {
    Ticket,
    List,
    Both,
}

#[derive(Deserialize)]
struct Seen {
    before: String,
    after: String,
    /// Milliseconds since 1970; none if nothing changed.
    at: Option<f64>,
}

pub struct Desk<'a> {
    page: &'a Page,
    keys: &'a mut Keyboard,
}

impl<'a> Desk<'a> {
    /// Waits for the list of an app that has just started.
    pub fn at(page: &'a Page, keys: &'a mut Keyboard) -> Result<Desk<'a>> {
        let script = "const done = arguments[1];
            const look = () => document.querySelector('section.list [role=option]') ? done(true) : setTimeout(look, 50);
            look();";
        page.wait(script, json!(null))?;
        thread::park_timeout(Duration::from_secs(2));
        Ok(Desk { page, keys })
    }

    pub fn measure(&mut self) -> Result<Paints> {
        let mut paints = Paints::default();
        self.next(&mut paints)?;
        self.views(&mut paints)?;
        self.searches(&mut paints)?;
        Ok(paints)
    }

    fn next(&mut self, paints: &mut Paints) -> Result {
        self.press("g")?;
        self.press("c")?;
        self.press("Home")?;
        for _ in 0..NEXT {
            paints.next.push(self.timed("j", Shown::Ticket, "the next ticket")?);
        }
        Ok(())
    }

    fn views(&mut self, paints: &mut Paints) -> Result {
        for key in ["w", "c", "o"].into_iter().cycle().take(VIEWS) {
            self.press("g")?;
            paints.view.push(self.timed(key, Shown::List, "another view")?);
        }
        Ok(())
    }

    fn searches(&mut self, paints: &mut Paints) -> Result {
        for (place, word) in WORDS.iter().enumerate() {
            self.press("slash")?;
            if place < SPELT {
                self.spell(word, paints)?;
            } else {
                self.keys.write(word)?;
            }
            self.rest()?;
            if !self.finds()? {
                self.press("Escape")?;
                self.press("Escape")?;
                continue;
            }
            paints.open.push(self.timed("Return", Shown::Ticket, "the ticket that was found")?);
            paints.back.push(self.timed("Escape", Shown::Both, "the view before the search")?);
        }
        Ok(())
    }

    fn spell(&mut self, word: &str, paints: &mut Paints) -> Result {
        for letter in word.chars() {
            paints.letter.extend(self.try_timed(&letter.to_string(), Shown::List)?);
        }
        Ok(())
    }

    fn finds(&self) -> Result<bool> {
        let found = self
            .page
            .run("return document.querySelector('section.list [role=option]') !== null", json!(null))?;
        Ok(found == json!(true))
    }

    fn press(&mut self, key: &str) -> Result {
        self.keys.press(key)?;
        thread::park_timeout(Duration::from_millis(60));
        self.rest()
    }

    fn rest(&self) -> Result {
        self.page.run(WATCH, json!(Shown::Both))?;
        self.page.wait(COLLECT, json!({ "quiet": QUIET_MS })).map(drop)
    }

    fn timed(&mut self, key: &str, shown: Shown, what: &str) -> Result<f64> {
        self.try_timed(key, shown)?.ok_or_else(|| Failure::new(format!("the key {key} does not show {what}")))
    }

    fn try_timed(&mut self, key: &str, shown: Shown) -> Result<Option<f64>> {
        if self.page.run(WATCH, json!(shown))? != json!(true) {
            return Err(Failure::new("the window does not have the keyboard"));
        }
        // What it costs to install the watch is over before the key comes.
        thread::park_timeout(Duration::from_millis(60));
        let sent = self.keys.press(key)?;
        thread::park_timeout(Duration::from_millis(100));
        let seen = self.page.wait(COLLECT, json!({ "quiet": QUIET_MS }))?;
        let seen: Seen = serde_json::from_value(seen).during(|| "the page answers something else".into())?;
        Ok(seen.at.filter(|_| seen.after != seen.before).map(|at| at - sent))
    }

    /// Scrolls through the longest view; answers each frame's length in milliseconds.
    pub fn scroll(&mut self, rows: u32) -> Result<Scrolled> {
        self.press("g")?;
        self.press("c")?;
        let how = json!({ "rows": rows, "rowsPerFrame": 40, "seconds": 120 });
        let scrolled = self.page.wait(SCROLL, how)?;
        serde_json::from_value(scrolled).during(|| "the page answers something else".into())
    }

    /// Where the list lies in the window.
    pub fn list(&self) -> Result<super::screen::Area> {
        let script = "const { x, y, width, height } = document.querySelector('section.list [role=listbox]').getBoundingClientRect();
            return [x, y, width, height].map(Math.round);";
        let place = self.page.run(script, json!(null))?;
        let [x, y, width, height] =
            serde_json::from_value(place).during(|| "the page answers something else".into())?;
        Ok(super::screen::Area { x, y, width, height })
    }
}

#[derive(Deserialize)]
pub struct Scrolled {
    pub frames: Vec<f64>,
    /// Frames whose middle showed no row.
    pub empty: u32,
    /// Frames in which the list's end stood in the way because the next page was not there yet.
    pub waited: u32,
    pub rows: u32,
    pub seconds: f64,
}

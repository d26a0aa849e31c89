//! How far a long command is: a bar on a terminal, a line now and then elsewhere. Both on standard error.

use std::{
    io::IsTerminal as _,
    time::{Duration, Instant},
};

use app::DeskEvent;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::LinkPhase;

use crate::{
    terminal,
    words::{Word, Words},
};

const EVERY: Duration = Duration::from_secs(5);

pub struct Progress {
    words: Words,
    bar: Option<ProgressBar>,
    said: Option<Instant>,
}

/// What an event says about how far things are.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    done: u64,
    total: u64,
    bytes: bool,
    text: String,
}

impl Progress {
    pub fn new(words: &Words) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(ProgressStyle::default_spinner());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress { words: words.clone(), bar, said: None }
    }

    pub fn heard(&mut self, event: &DeskEvent) {
        let Some(step) = step(event, &self.words) else { return };
        match &self.bar {
            Some(bar) => draw(bar, step),
            None if self.said.is_none_or(|said| said.elapsed() >= EVERY) => {
                self.said = Some(Instant::now());
                terminal::aside(&step.text);
            }
            None => {}
        }
    }

    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, step: Step) {
    let template = match (step.total, step.bytes) {
        (0, _) => "{spinner} {msg}",
        (_, true) => "{bar:32} {bytes}/{total_bytes} {eta} {msg}",
        (_, false) => "{bar:32} {pos}/{len} {eta} {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_length(step.total);
    bar.set_position(step.done);
    bar.set_message(step.text);
}

fn step(event: &DeskEvent, words: &Words) -> Option<Step> {
    match event {
        DeskEvent::Importing { messages, bytes, total_bytes } => {
            let count = words.say(Word::ProgressMessages, &[("count", &messages.to_string())]);
            let text = format!("{} · {count}", words.say(Word::ProgressImporting, &[]));
            Some(Step { done: *bytes, total: *total_bytes, bytes: true, text })
        }
        DeskEvent::Link { link } => match link.phase {
            LinkPhase::Connecting => {
                let text = words.say(Word::ProgressConnecting, &[("name", &link.name)]);
                Some(Step { done: 0, total: 0, bytes: false, text })
            }
            LinkPhase::Filling { done, total, .. } => {
                let params = [
                    ("name", link.name.as_str()),
                    ("done", &done.to_string()),
                    ("total", &total.to_string()),
                ];
                let text = words.say(Word::ProgressFilling, &params);
                Some(Step { done: done.into(), total: total.into(), bytes: false, text })
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::{LinkState, SourceId};

    use super::*;

    #[test]
    fn imports_count_bytes_and_links_count_messages() {
        let words = Words::of_locale("en");
        let importing = DeskEvent::Importing { messages: 12, bytes: 5, total_bytes: 10 };
        let text = "Reading the archive · messages 12".to_owned();
        assert_eq!(step(&importing, &words), Some(Step { done: 5, total: 10, bytes: true, text }));
        let phase = LinkPhase::Filling { done: 3, total: 9, seconds_left: None };
        let link = LinkState { source: SourceId(1), name: "Care".into(), phase, as_of_ms: None };
        let text = "Care: 3 of 9 messages".to_owned();
        assert_eq!(
            step(&DeskEvent::Link { link }, &words),
            Some(Step { done: 3, total: 9, bytes: false, text })
        );
        assert_eq!(step(&DeskEvent::Raise, &words), None);
    }
}

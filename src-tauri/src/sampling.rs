//! The command that writes a sample workspace of any size, and says how fast it went if asked to.

use std::time::Instant;

use app::{DeskEvent, dto::Source};
use model::{LinkPhase, Problem};
use serde_json::{Value, json};

use crate::{
    commands::synced,
    handover::Reach,
    opening::Workspace,
    terminal,
    words::{Word, Words},
};

/// What the sample shall hold.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub tickets: u32,
    pub messages: u32,
    pub seed: u64,
}

/// Writes it into a workspace that has no source yet. `Ok(false)` when it has one, or not all of it could be read.
pub async fn make(workspace: &Workspace, wanted: Wanted, time: bool, words: &Words) -> Result<bool, Problem> {
    let desk = workspace.open(app::Start::OnlyCalls).await?;
    let reach = Reach::Own(desk.clone());
    let outcome = fill(&reach, &desk, wanted, time, words).await;
    reach.close().await;
    let root = workspace.root.display().to_string();
    let made = outcome?;
    let word = if made { Word::CliSampleMade } else { Word::CliSampleThere };
    let said = words.say(word, &[("workspace", &root), ("tickets", &wanted.tickets.to_string())]);
    if made && !time {
        terminal::answer(&said)
    } else {
        terminal::aside(&said)
    }
    Ok(made)
}

async fn fill(
    reach: &Reach,
    desk: &app::Desk,
    wanted: Wanted,
    time: bool,
    words: &Words,
) -> Result<bool, Problem> {
    let there: Vec<Source> = reach.call("sources", Value::Null).await?;
    if !there.is_empty() {
        return Ok(false);
    }
    desk.add_sample_of(wanted.tickets, wanted.messages, wanted.seed, false).await?;
    let mut pace = Pace::begin(Instant::now());
    let filled = synced(reach, words, |event| pace.heard(event, Instant::now())).await?;
    if time {
        terminal::answer(&pace.told(Instant::now()).to_string());
    }
    Ok(filled)
}

/// When each tenth of the history was here.
struct Pace {
    began: Instant,
    tenths: Vec<Instant>,
}

const PARTS: u64 = 10;

impl Pace {
    fn begin(now: Instant) -> Pace {
        Pace { began: now, tenths: Vec::new() }
    }

    fn heard(&mut self, event: &DeskEvent, now: Instant) {
        let DeskEvent::Link { link } = event else { return };
        let LinkPhase::Filling { done, total, .. } = link.phase else { return };
        while u64::from(done) * PARTS >= u64::from(total) * (self.tenths.len() as u64 + 1) {
            self.tenths.push(now);
        }
    }

    /// The last tenth is here when all is.
    fn told(&self, now: Instant) -> Value {
        let seconds = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64();
        let ends: Vec<Instant> = self.tenths.iter().copied().take(PARTS as usize - 1).chain([now]).collect();
        let begins = [self.began].into_iter().chain(ends.iter().copied());
        let tenths: Vec<f64> = begins.zip(&ends).map(|(from, to)| seconds(from, *to)).collect();
        json!({ "seconds": seconds(self.began, now), "tenths": tenths })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{LinkState, SourceId};

    use super::*;

    #[test]
    fn each_tenth_is_told_even_when_a_page_holds_several() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut pace = Pace::begin(began);
        for (done, second) in [(5, 1), (10, 2), (35, 8), (90, 20)] {
            let phase = LinkPhase::Filling { done, total: 100, seconds_left: None };
            let link = LinkState { source: SourceId(1), name: "Care".into(), phase, as_of_ms: None };
            pace.heard(&DeskEvent::Link { link }, at(second));
        }
        let told = pace.told(at(21));
        assert_eq!(told["seconds"], 21.0);
        assert_eq!(told["tenths"], json!([2.0, 6.0, 0.0, 12.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    }
}

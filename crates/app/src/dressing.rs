//! What a source's people would have put on its tickets by hand, where the source can't hold it: the sample's VIPs and tags.
//! Put on once, after the first fill; from then on it is the person's to change.

use std::collections::BTreeMap;

use model::{LinkPhase, Problem, SourceId, Tier};
use store::SourceRow;

use crate::{Desk, Dressing, SourceSpec, Tagged, dto::Language};

impl Desk {
    /// Dresses the source as soon as all of it is here.
    pub(crate) fn spawn_dressing(&self, row: SourceRow) {
        let desk = self.clone();
        tokio::spawn(async move {
            let dressed = desk.stop.clone().run_until_cancelled(desk.dress_when_filled(&row)).await;
            if let Some(Err(problem)) = dressed {
                tracing::warn!(code = problem.code.as_str(), "The sample could not be dressed.");
            }
        });
    }

    async fn dress_when_filled(&self, row: &SourceRow) -> Result<(), Problem> {
        let mut changes = self.links.changes();
        while !self.links.of(row.id).is_some_and(|link| matches!(link.phase, LinkPhase::Live { .. })) {
            if changes.recv().await.is_err() {
                changes = self.links.changes();
            }
        }
        self.dress(row).await
    }

    pub(crate) async fn dress(&self, row: &SourceRow) -> Result<(), Problem> {
        let done = format!("dressed/{}", row.id);
        if self.store.setting(&done).await.map_err(|e| e.problem())?.is_some() {
            return Ok(());
        }
        let spec = SourceSpec::without_secrets(row);
        let chinese = self.settings().await?.language == Language::Chinese;
        let Dressing { vips, tags } = self.around.connector.dressing(&spec, chinese);
        for vip in vips {
            if let Some(customer) = self.store.customer_of(&vip).await.map_err(|e| e.problem())? {
                self.store.set_tier(customer, Tier::Vip, "", self.now()).await.map_err(|e| e.problem())?;
            }
        }
        for (tag, tagged) in by_tag(tags) {
            self.put_tag(row.id, &tag, tagged).await?;
        }
        self.store.set_setting(&done, true.into(), self.now()).await.map(drop).map_err(|e| e.problem())
    }

    /// All tickets of one tag in one change.
    async fn put_tag(&self, source: SourceId, tag: &str, tagged: Vec<Tagged>) -> Result<(), Problem> {
        let (now, mut tickets) = (self.now(), Vec::new());
        for one in tagged {
            match one {
                Tagged::Customer(address) => {
                    if let Some(customer) = self.store.customer_of(&address).await.map_err(|e| e.problem())? {
                        self.store.tag_customer(customer, tag, "", now).await.map_err(|e| e.problem())?;
                    }
                }
                Tagged::Ticket(identity) => {
                    tickets.extend(self.store.ticket_of(source, &identity).await.map_err(|e| e.problem())?);
                }
            }
        }
        if !tickets.is_empty() {
            self.store.tag_tickets(&tickets, tag, "", now).await.map_err(|e| e.problem())?;
        }
        Ok(())
    }
}

fn by_tag(tags: Vec<(Tagged, String)>) -> BTreeMap<String, Vec<Tagged>> {
    let mut by_tag = BTreeMap::<String, Vec<Tagged>>::new();
    for (tagged, tag) in tags {
        by_tag.entry(tag).or_default().push(tagged);
    }
    by_tag
}

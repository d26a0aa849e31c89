//! The threshold between "nothing has left this machine" and "nobody could tell": on disk before it is crossed.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use model::{OutboxId, Problem};
use remote::Threshold;
use store::Store;

use crate::Clock;

pub(super) struct Crossing {
    store: Store,
    id: OutboxId,
    clock: Clock,
    crossed: AtomicBool,
}

impl Crossing {
    pub(super) fn new(store: Store, id: OutboxId, clock: Clock) -> Crossing {
        Crossing { store, id, clock, crossed: AtomicBool::new(false) }
    }

    /// Whether the content may be on its way. While the store is still writing that down it is not.
    pub(super) fn crossed(&self) -> bool {
        self.crossed.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Threshold for Crossing {
    async fn cross(&self) -> Result<(), Problem> {
        self.store.cross(self.id, (self.clock)()).await.map_err(|e| e.problem())?;
        self.crossed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

//! The sample's way out: nothing leaves this machine. A reply is taken after a moment, as a server would, and stands on its ticket; the
//! shop's life goes on as it does.

use std::time::Duration;

use async_trait::async_trait;
use model::{incoming::Place, outgoing::Outgoing};
use remote::{Claim, Courier, RemoteError, Threshold, Undelivered};

/// What a server on the other side of a good line takes.
const MOMENT: Duration = Duration::from_millis(400);

/// Takes everything and keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleCourier;

#[async_trait]
impl Courier for SampleCourier {
    async fn deliver(
        &self,
        _outgoing: &Outgoing,
        _mail: &[u8],
        threshold: &dyn Threshold,
    ) -> Result<(), Undelivered> {
        let crossed = threshold.cross().await;
        crossed.map_err(|problem| Undelivered::NotSent(RemoteError::transient(problem)))?;
        tokio::time::sleep(MOMENT).await;
        Ok(())
    }

    /// There is no folder of sent mail.
    async fn file(&self, _outgoing: &Outgoing, _mail: &[u8]) -> Result<(), RemoteError> {
        Ok(())
    }

    /// There is no other desk.
    async fn claim(&self, _place: &Place) -> Result<Claim, RemoteError> {
        Ok(Claim::Won)
    }
}

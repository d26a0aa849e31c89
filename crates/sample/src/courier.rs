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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use model::{Address, Millis, Problem, ProblemCode, outgoing::OutgoingKind};

    use super::*;

    /// Counts how often it is crossed; `open` or not.
    struct Gate {
        open: bool,
        crossed: AtomicU32,
    }

    #[async_trait]
    impl Threshold for Gate {
        async fn cross(&self) -> Result<(), Problem> {
            self.crossed.fetch_add(1, Ordering::Relaxed);
            if self.open { Ok(()) } else { Err(Problem::new(ProblemCode::DiskFull)) }
        }
    }

    fn reply() -> Outgoing {
        Outgoing {
            kind: OutgoingKind::Reply,
            message_id: "1@harbour.example".to_owned(),
            at_ms: Millis(0),
            from: Address::new("", crate::agents::CARE),
            to: vec![Address::new("", "lin@x.example")],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: "Re: Kettle".to_owned(),
            in_reply_to: None,
            references: Vec::new(),
            text: "Sorry.".to_owned(),
            html: None,
            attachments: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_reply_is_taken_after_the_threshold_and_never_without_it() {
        for open in [true, false] {
            let gate = Gate { open, crossed: AtomicU32::new(0) };
            let taken = SampleCourier.deliver(&reply(), b"mail", &gate).await;
            assert_eq!((taken.is_ok(), gate.crossed.load(Ordering::Relaxed)), (open, 1));
        }
    }
}

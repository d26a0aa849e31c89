//! From a call's name and JSON arguments to the method of [`Desk`] and back to JSON. The same for IPC, loopback HTTP and the command line.

use model::{
    AttachmentId, BlobHash, Customer, CustomerId, Look, MessageId, OutboxId, Priority, Problem, ProblemCode,
    SavedViewId, SourceId, Status, Tag, TagId, TicketId, Tier, View, ViewDraft, ViewId,
    fold::Segment,
    outgoing::{DraftText, OutboxState, ReplyKind, Seen},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Desk, calls::calls, dto::*};

macro_rules! dispatcher {
    ($($(#[doc = $doc:literal])* fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+) => {
        impl Desk {
            /// Answers the call named `name`, or says what is wrong.
            pub async fn dispatch(&self, name: &str, args: Value) -> Result<Value, Problem> {
                match name {
                    $(stringify!($name) => {
                        #[derive(Deserialize)]
                        #[serde(deny_unknown_fields)]
                        struct Args { $($arg: $type),* }
                        let Args { $($arg),* } = arguments(args)?;
                        let answer: $out = self.$name($($arg),*).await?;
                        to_json(&answer)
                    })+
                    _ => Err(Problem::new(ProblemCode::NotFound).with("call", name)),
                }
            }
        }
    };
}
calls!(dispatcher);

fn arguments<T: for<'de> Deserialize<'de>>(args: Value) -> Result<T, Problem> {
    let args = if args.is_null() { Value::Object(Default::default()) } else { args };
    // What serde says may quote what was given, and that may be a secret.
    serde_json::from_value(args).map_err(|_| Problem::new(ProblemCode::Invalid).with("field", "args"))
}

fn to_json<T: Serialize>(answer: &T) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|error| Problem::new(ProblemCode::Internal).because(error))
}

//! The shapes that only the API has; what the rules know too comes from [`model`]. Field names are the same in TypeScript.

macro_rules! shapes {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident $body:tt)+) => {$(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        $(#[$meta])*
        pub $kind $name $body
    )+};
}
use shapes;

mod board;
mod changes;
mod conversation;
mod lists;
mod settings;
mod sources;

pub use self::{board::*, changes::*, conversation::*, lists::*, settings::*, sources::*};

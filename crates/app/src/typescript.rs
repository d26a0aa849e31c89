//! The API as TypeScript: every shape, and one interface that gives each call its arguments and answer.
//!
//! Committed as `ui/src/api/generated.ts`; a test keeps the two equal.

use std::collections::BTreeMap;

use model::{
    AttachmentId, BlobHash, Customer, CustomerId, Look, MessageId, OutboxId, Priority, SavedViewId, SourceId,
    Status, Tag, TagId, TicketId, Tier, View, ViewDraft, ViewId,
    fold::Segment,
    outgoing::{DraftText, OutboxState, ReplyKind, Seen},
};
use ts_rs::{Config, TS, TypeVisitor};

use crate::{calls::calls, dto::*, events::DeskEvent};

/// Collects declarations by name, following every type a shape is made of.
struct Declarations {
    config: Config,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() {
            T::visit_dependencies(self);
            T::visit_generics(self);
            return;
        }
        let name = T::ident(&self.config);
        if self.by_name.contains_key(&name) {
            return;
        }
        self.by_name.insert(name, T::decl(&self.config));
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

macro_rules! write_calls {
    ($($(#[doc = $doc:literal])* fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+) => {
        fn write_calls(seen: &mut Declarations) -> String {
            let mut text = String::new();
            $(
                $( text.push_str(&format!("  /**{} */\n", $doc)); )*
                $( seen.visit::<$type>(); )*
                seen.visit::<$out>();
                let args: Vec<String> = vec![$(format!("{}: {}", stringify!($arg), <$type as TS>::name(&seen.config))),*];
                text.push_str(&format!(
                    "  {}: {{ args: {{ {} }}; out: {} }};\n",
                    stringify!($name), args.join("; "), <$out as TS>::name(&seen.config),
                ));
            )+
            text
        }
    };
}
calls!(write_calls);

/// The whole module, deterministic.
pub fn typescript() -> String {
    let mut seen = Declarations { config: Config::new(), by_name: BTreeMap::new() };
    let calls = write_calls(&mut seen);
    seen.visit::<DeskEvent>();
    let shapes: Vec<String> = seen.by_name.values().map(|shape| format!("export {shape}")).collect();
    format!(
        "// Generated from crates/app by `cargo xtask types`. A test keeps it equal; do not edit.\n\n{}\n\nexport interface Calls {{\n{calls}}}\n",
        shapes.join("\n\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_TYPES=1` writes the file instead of comparing.
    #[test]
    fn the_committed_types_are_those_of_the_api() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/api/generated.ts");
        if std::env::var_os("UPDATE_TYPES").is_some() {
            std::fs::write(path, typescript()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == typescript(), "run `cargo xtask types` and commit ui/src/api/generated.ts");
    }
}

//! The built interface, as it is inside the program, for the loopback host.

use tauri::{Wry, utils::assets::AssetKey};

/// The files of `ui/dist`.
pub struct Interface(Box<dyn tauri::Assets<Wry>>);

/// Everything Tauri knows at build time: configuration, capabilities and the interface.
#[allow(clippy::exit, reason = "what the macro writes ends a program that could not be put together")]
pub fn context() -> tauri::Context<Wry> {
    tauri::generate_context!("tauri.conf.json")
}

impl Interface {
    pub fn embedded() -> Interface {
        Interface(context().assets)
    }
}

impl app::http::Assets for Interface {
    fn get(&self, path: &str) -> Option<(Vec<u8>, String)> {
        let bytes = self.0.get(&AssetKey::from(path))?.into_owned();
        let kind = tauri::utils::mime_type::MimeType::parse(&bytes, path);
        Some((bytes, kind))
    }
}

#[cfg(test)]
mod tests {
    use app::http::Assets as _;

    use super::*;

    #[test]
    fn the_interface_is_inside_the_program() {
        let interface = Interface::embedded();
        let (bytes, kind) = interface.get("/index.html").unwrap();
        assert!(!bytes.is_empty() && kind.starts_with("text/html"), "{kind}");
        assert!(interface.get("/../Cargo.toml").is_none());
        assert!(interface.get("/nothing").is_none());
    }
}

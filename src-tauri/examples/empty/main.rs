//! A Tauri window with nothing in it, for `cargo xtask bench window` and `bench memory` to measure the desk against.
//!
//! The same toolkit with the same features and a window of the same size; none of the desk's own code, no database, no script. Its page is one
//! colour, by which the benchmark sees when it is painted.

use tauri::{WebviewUrl, WebviewWindowBuilder};

#[allow(clippy::exit, reason = "what the macro writes ends a program that could not be put together")]
fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "empty", WebviewUrl::App("index.html".into()))
                .title("Empty")
                .inner_size(1440.0, 900.0)
                .center()
                .incognito(true)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("src-tauri/examples/empty/tauri.conf.json"))
}

//! How WebKit paints on this machine. Linux only: elsewhere the system decides.
//!
//! WebKit composes a page with OpenGL as soon as one of its elements asks for a layer. Where no graphics processor is, OpenGL is computed by the
//! processor: a frame then takes 30 ms longer and the desk 200 MB more than when WebKit draws straight to the window, which looks the same.

use tauri::WebviewWindow;

/// To be called before the window's page is shown.
pub fn suit_machine(window: &WebviewWindow) {
    #[cfg(target_os = "linux")]
    if let Err(error) = window.with_webview(|view| linux::suit_machine(&view.inner())) {
        tracing::warn!(%error, "The web view could not be set up for this machine.");
    }
    #[cfg(not(target_os = "linux"))]
    let _the_system_decides = window;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

    use webkit2gtk::{
        CacheModel, HardwareAccelerationPolicy, SettingsExt as _, WebContextExt as _, WebView,
        WebViewExt as _,
    };

    pub fn suit_machine(view: &WebView) {
        // Nobody goes back and forth between pages here: there is only one.
        if let Some(context) = view.context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
        let computed = std::env::var("LIBGL_ALWAYS_SOFTWARE").is_ok_and(|set| set == "1" || set == "true");
        if !computed && has_graphics(Path::new("/dev")) {
            return;
        }
        if let Some(settings) = view.settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            tracing::info!("There is no graphics processor: WebKit draws without OpenGL.");
        }
    }

    /// What a driver offers for drawing: the kernel's render nodes, those of NVIDIA's own driver, and that of a Linux inside Windows.
    pub fn has_graphics(devices: &Path) -> bool {
        let entries = std::fs::read_dir(devices.join("dri")).into_iter().flatten().flatten();
        let render_node =
            |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("renderD");
        entries.into_iter().any(render_node)
            || ["nvidia0", "dxg"].into_iter().any(|name| devices.join(name).exists())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_display_without_a_render_node_is_no_graphics_processor() {
            let devices = tempfile::tempdir().unwrap();
            assert!(!has_graphics(devices.path()));
            std::fs::create_dir(devices.path().join("dri")).unwrap();
            std::fs::write(devices.path().join("dri").join("card0"), "").unwrap();
            assert!(!has_graphics(devices.path()));
            std::fs::write(devices.path().join("dri").join("renderD128"), "").unwrap();
            assert!(has_graphics(devices.path()));
        }
    }
}

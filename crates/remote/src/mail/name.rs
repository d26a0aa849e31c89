//! Names of attachments: chosen by strangers, used on this machine's disk.

/// A name to show and to save under: no path, no control or bidirectional character, no device name, at most 120 characters, never empty.
pub fn safe_file_name(name: &str) -> String {
    model::text::one_line(name)
}

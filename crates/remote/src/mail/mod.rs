//! Mail as text.
/// Bytes of plain text kept of one message.
pub const LONGEST_TEXT: usize = 1 << 20;
/// A safe file name.
pub fn safe_file_name(_: &str) -> String {
    String::new()
}

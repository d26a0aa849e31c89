//! Plain mails to send through a test.

/// A mail that a customer could have written, told from others by its subject.
pub fn letter(subject: &str) -> Vec<u8> {
    let id = subject.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    format!(
        "From: Ada <ada@customer.test>\r\nTo: desk@desk.test\r\nSubject: {subject}\r\nMessage-ID: <{id}@customer.test>\r\n\
         Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Hello, this is about {subject}.\r\n"
    )
    .into_bytes()
}

/// A mail with an attachment of about `bytes` bytes, in base64.
pub fn heavy_letter(subject: &str, bytes: usize) -> Vec<u8> {
    let mut mail = format!(
        "From: Ada <ada@customer.test>\r\nTo: desk@desk.test\r\nSubject: {subject}\r\nMessage-ID: <heavy@customer.test>\r\n\
         Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n\
         --edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe drawing is attached.\r\n\
         --edge\r\nContent-Type: application/octet-stream; name=\"drawing.bin\"\r\n\
         Content-Disposition: attachment; filename=\"drawing.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    // 57 bytes make a line of 76.
    for _ in 0..bytes.div_ceil(57) {
        mail.extend_from_slice(&[b'A'; 76]);
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--edge--\r\n");
    mail
}

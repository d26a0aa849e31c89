//! What went wrong, as a code and parameters. The sentence a person reads comes from the message catalogue; never from here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ticket::words;

words! {
    /// Each has one sentence in each language's catalogue, saying what happened, what is safe and what to press.
    ProblemCode {
        /// The host's name does not resolve. `host`
        HostUnknown = "host_unknown",
        /// Nothing answers there. `host`, `port`
        Unreachable = "unreachable",
        /// The line dropped or went silent. `host`
        LineDropped = "line_dropped",
        /// The server's certificate does not prove who it is. `host`, `why` (`expired`, `not_yet_valid`, `wrong_name`, `unknown_issuer`, `revoked`, `other`)
        CertificateRefused = "certificate_refused",
        /// The server offers no encryption and is not on this machine. `host`
        EncryptionRefused = "encryption_refused",
        /// The server refuses the name or password. `host`, `account`
        PasswordRefused = "password_refused",
        /// The authorisation was withdrawn or ran out and must be given again. `account`
        AuthorisationExpired = "authorisation_expired",
        /// The person closed the authorisation page, or it took too long.
        AuthorisationAbandoned = "authorisation_abandoned",
        /// The server answers something that is not its protocol. `host`
        ServerNonsense = "server_nonsense",
        /// The server asks to slow down. `host`, `seconds`
        ServerBusy = "server_busy",
        /// The folder is not there any more. `folder`
        FolderMissing = "folder_missing",
        /// No settings were found for this address. `address`
        SettingsNotFound = "settings_not_found",
        /// This machine's key store has no secret for this source. `account`
        SecretMissing = "secret_missing",
        /// There is no key store, or it is locked.
        KeyStoreMissing = "key_store_missing",
        /// The pass phrase does not open this workspace.
        PassphraseWrong = "passphrase_wrong",
        /// The command that should print the pass phrase (`--password-command`) failed or printed none.
        PasswordCommandFailed = "password_command_failed",
        /// The sample was asked for where another workspace lies. `path`
        NotTheSample = "not_the_sample",
        /// The database was written by a newer Foredeck. `found`, `known`
        WorkspaceNewer = "workspace_newer",
        /// The database was damaged, set aside as `path`, and is being rebuilt.
        WorkspaceDamaged = "workspace_damaged",
        /// The desk is open on this workspace already.
        WorkspaceInUse = "workspace_in_use",
        DiskFull = "disk_full",
        FileUnreadable = "file_unreadable",
        /// There is a file of that name, and it is not written over. `path`
        FileExists = "file_exists",
        /// The query does not parse. `at` (characters from the start), `length`, `why`
        QueryInvalid = "query_invalid",
        /// A view asks for a tag or source that is not there (any more). `key` (`tag` or `source`), `name`
        ViewNameGone = "view_name_gone",
        /// There are as many views as there may be. `limit`
        TooManyViews = "too_many_views",
        /// What was asked for is not there.
        NotFound = "not_found",
        /// The value does not fit. `field`
        Invalid = "invalid",
        /// The server refuses these recipients; nothing was sent to anybody. `host`, `recipients`
        RecipientsRefused = "recipients_refused",
        /// The server does not let this account send as this address. `host`, `address`
        SenderRefused = "sender_refused",
        /// The mail is larger than the server takes. `host`, `bytes`, `limit` (bytes; missing when the server does not say)
        MessageTooLarge = "message_too_large",
        /// The server refuses the mail itself, for its content or by its rules. `host`
        MessageRefused = "message_refused",
        /// The server asks to come again later, as many do with senders they do not know yet. `host`
        DeliveryDeferred = "delivery_deferred",
        /// The mail was handed over and the server did not say whether it took it. `host`
        OutcomeUnknown = "outcome_unknown",
        /// The mailbox could not be read just before sending, so nobody knows whether somebody answered meanwhile. `host`
        GuardUnreadable = "guard_unreadable",
        /// No server for outgoing mail is set for this mailbox. `account`
        SendingNotSetUp = "sending_not_set_up",
        /// A copy could not be put into the folder of sent mail. `host`
        CopyNotFiled = "copy_not_filed",
        /// Nobody to send it to.
        NoRecipients = "no_recipients",
        /// More recipients than one mail may have. `count`, `limit`
        TooManyRecipients = "too_many_recipients",
        /// This is not an address. `address`
        AddressInvalid = "address_invalid",
        /// Nothing was written.
        NothingWritten = "nothing_written",
        /// The text is longer than one mail may hold. `bytes`, `limit`
        TextTooLong = "text_too_long",
        /// The attachments of one mail are larger together than allowed. `name`, `bytes`, `limit`
        AttachmentTooLarge = "attachment_too_large",
        /// The content of an attachment is not on this machine. `name`
        AttachmentMissing = "attachment_missing",
        /// Another reply on this ticket has been begun; send or discard it first.
        DraftExists = "draft_exists",
        /// It has left, or is just leaving: it can't be taken back.
        AlreadySent = "already_sent",
        /// The desk was closed before these replies left; they wait for a person. `count`
        RepliesHeld = "replies_held",
        NotificationsUnavailable = "notifications_unavailable",
        /// Something that should not happen; `detail` is safe to log.
        Internal = "internal",
    }
}

/// A value a sentence is filled with: never customer text in a log.
pub type Param = String;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    pub code: ProblemCode,
    pub params: BTreeMap<String, Param>,
    /// What the server said, for "Copy details". May be in any language and is never interpreted.
    pub cause: Option<String>,
}

impl Problem {
    pub fn new(code: ProblemCode) -> Problem {
        Problem { code, params: BTreeMap::new(), cause: None }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Problem {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    pub fn because(mut self, cause: impl ToString) -> Problem {
        self.cause = Some(cause.to_string());
        self
    }
}

impl std::fmt::Display for Problem {
    /// The code alone, so that a log never holds what a server or a customer wrote.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Problem {}

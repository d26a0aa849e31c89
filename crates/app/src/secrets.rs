//! The secrets of sources, in the system's key store under names that only this workspace uses. Never in a log.
//!
//! A machine without a key store opens its workspace with a pass phrase; there, and only there, secrets lie in the database, which that phrase encrypts.

use model::{Problem, ProblemCode, SourceId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Credentials, Desk, dto::Provider, internal};

/// As it lies in the key store.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kept {
    Password {
        password: String,
    },
    Authorised {
        provider: Provider,
        client_id: String,
        #[serde(default)]
        client_secret: Option<String>,
        refresh_token: String,
    },
}

impl Desk {
    /// What the source proves itself with; `SECRET_MISSING` when this machine does not know it.
    pub(crate) async fn credentials(&self, source: SourceId, account: &str) -> Result<Credentials, Problem> {
        let kept = self.secret(self.secret_name(source).await?).await?;
        let missing = || Problem::new(ProblemCode::SecretMissing).with("account", account);
        let kept: Kept = serde_json::from_str(kept.ok_or_else(missing)?.as_str()).map_err(|_| missing())?;
        Ok(match kept {
            Kept::Password { password } => Credentials::Password(password.into()),
            Kept::Authorised { provider, client_id, client_secret, refresh_token } => {
                let refresh_token = refresh_token.into();
                Credentials::Authorised { provider, client_id, client_secret, refresh_token }
            }
        })
    }

    pub(crate) async fn keep_credentials(
        &self,
        source: SourceId,
        credentials: &Credentials,
    ) -> Result<(), Problem> {
        let kept = match credentials {
            Credentials::None => return Ok(()),
            Credentials::Password(password) => Kept::Password { password: password.to_string() },
            Credentials::Authorised { provider, client_id, client_secret, refresh_token } => {
                Kept::Authorised {
                    provider: *provider,
                    client_id: client_id.clone(),
                    client_secret: client_secret.clone(),
                    refresh_token: refresh_token.to_string(),
                }
            }
        };
        let text = Zeroizing::new(serde_json::to_string(&kept).map_err(internal)?);
        let name = self.secret_name(source).await?;
        let (secrets, named, secret) = (self.around.secrets.clone(), name.clone(), text.clone());
        let kept =
            tokio::task::spawn_blocking(move || secrets.set(&named, &secret)).await.map_err(internal)?;
        match kept {
            Err(problem) if problem.code == ProblemCode::KeyStoreMissing => {
                self.vault(&name, text.as_str().into()).await
            }
            Ok(()) => self.unvault(&name).await,
            kept => kept,
        }
    }

    /// What lies in the database is newer than what the key store has: it is taken away with each success there.
    async fn secret(&self, name: String) -> Result<Option<Zeroizing<String>>, Problem> {
        let vaulted = self.store.setting(&vault_name(&name)).await.map_err(|e| e.problem())?;
        if let Some(secret) = vaulted.as_ref().and_then(|secret| secret.as_str()) {
            return Ok(Some(Zeroizing::new(secret.to_owned())));
        }
        let secrets = self.around.secrets.clone();
        tokio::task::spawn_blocking(move || secrets.get(&name)).await.map_err(internal)?
    }

    async fn unvault(&self, name: &str) -> Result<(), Problem> {
        let vaulted = self.store.setting(&vault_name(name)).await.map_err(|e| e.problem())?;
        match vaulted {
            Some(secret) if !secret.is_null() => self.vault(name, serde_json::Value::Null).await,
            _ => Ok(()),
        }
    }

    async fn vault(&self, name: &str, secret: serde_json::Value) -> Result<(), Problem> {
        let kept = self.store.set_setting(&vault_name(name), secret, self.now()).await;
        kept.map(drop).map_err(|e| e.problem())
    }

    pub(crate) async fn forget_credentials(&self, source: SourceId) -> Result<(), Problem> {
        let name = self.secret_name(source).await?;
        let (secrets, named) = (self.around.secrets.clone(), name.clone());
        self.unvault(&name).await?;
        match tokio::task::spawn_blocking(move || secrets.delete(&named)).await.map_err(internal)? {
            Err(problem) if problem.code == ProblemCode::KeyStoreMissing => Ok(()),
            deleted => deleted,
        }
    }

    /// Unique to this workspace, wherever its folder is moved.
    async fn secret_name(&self, source: SourceId) -> Result<String, Problem> {
        const ID: &str = "workspace_id";
        let stored = self.store.setting(ID).await.map_err(|e| e.problem())?;
        let id = match stored.and_then(|id| id.as_str().map(str::to_owned)) {
            Some(id) => id,
            None => {
                let mut bytes = [0; 12];
                getrandom::fill(&mut bytes).map_err(internal)?;
                let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                self.store.set_setting(ID, id.clone().into(), self.now()).await.map_err(|e| e.problem())?;
                id
            }
        };
        Ok(format!("{id}/source-{source}"))
    }
}

fn vault_name(name: &str) -> String {
    format!("secret/{name}")
}

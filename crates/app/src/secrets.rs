//! The secrets of sources, in the system's key store under names that only this workspace uses. Never in the database, never in a log.

use model::{Problem, ProblemCode, SourceId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Credentials, Desk, dto::Provider, internal};

/// As it lies in the key store.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kept {
    Password { password: String },
    Authorised { provider: Provider, client_id: String, refresh_token: String },
}

impl Desk {
    /// What the source proves itself with; `SECRET_MISSING` when this machine does not know it.
    pub(crate) async fn credentials(&self, source: SourceId, account: &str) -> Result<Credentials, Problem> {
        let name = self.secret_name(source).await?;
        let secrets = self.around.secrets.clone();
        let kept = tokio::task::spawn_blocking(move || secrets.get(&name)).await.map_err(internal)??;
        let missing = || Problem::new(ProblemCode::SecretMissing).with("account", account);
        let kept: Kept = serde_json::from_str(kept.ok_or_else(missing)?.as_str()).map_err(|_| missing())?;
        Ok(match kept {
            Kept::Password { password } => Credentials::Password(password.into()),
            Kept::Authorised { provider, client_id, refresh_token } => {
                Credentials::Authorised { provider, client_id, refresh_token: refresh_token.into() }
            }
        })
    }

    pub(crate) async fn keep_credentials(&self, source: SourceId, credentials: &Credentials) -> Result<(), Problem> {
        let kept = match credentials {
            Credentials::None => return Ok(()),
            Credentials::Password(password) => Kept::Password { password: password.to_string() },
            Credentials::Authorised { provider, client_id, refresh_token } => Kept::Authorised {
                provider: *provider,
                client_id: client_id.clone(),
                refresh_token: refresh_token.to_string(),
            },
        };
        let text = Zeroizing::new(serde_json::to_string(&kept).map_err(internal)?);
        let (name, secrets) = (self.secret_name(source).await?, self.around.secrets.clone());
        tokio::task::spawn_blocking(move || secrets.set(&name, &text)).await.map_err(internal)?
    }

    pub(crate) async fn forget_credentials(&self, source: SourceId) -> Result<(), Problem> {
        let (name, secrets) = (self.secret_name(source).await?, self.around.secrets.clone());
        tokio::task::spawn_blocking(move || secrets.delete(&name)).await.map_err(internal)?
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

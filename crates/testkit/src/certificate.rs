//! Certificates for servers that live as long as a test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What is special about a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Issued by an authority of its own, for this machine.
    None,
    /// Stands for itself and says it is an authority, as most self-signed ones do.
    SelfSignedAuthority,
    WrongName,
    Expired,
    NotYetValid,
}

/// A certificate, its key, and what one must trust to accept it; all PEM.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub certificate: String,
    pub key: String,
    pub authority: String,
}

impl Certificate {
    pub fn new(flaw: Flaw) -> Result<Certificate, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names(flaw))?;
        match flaw {
            Flaw::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Flaw::NotYetValid => params.not_before = date_time_ymd(2200, 1, 1),
            _ => {}
        }
        if flaw == Flaw::SelfSignedAuthority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let certificate = params.self_signed(&key)?.pem();
            return Ok(Certificate { authority: certificate.clone(), certificate, key: key.serialize_pem() });
        }
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let certificate = params.signed_by(&key, &authority)?.pem();
        Ok(Certificate { certificate, key: key.serialize_pem(), authority: authority.pem() })
    }

    /// For a server of this process.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())?;
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Arc::new(config))
    }
}

fn names(flaw: Flaw) -> Vec<String> {
    let names: &[&str] = match flaw {
        Flaw::WrongName => &["mail.elsewhere.test"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

//! Encryption, and who the server proves to be. A certificate that proves nothing is refused, whatever else is configured; the reason is
//! told so that a person can act on it.

use std::io;
use std::sync::Arc;

use model::{Problem, ProblemCode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use crate::RemoteError;

use super::fault::Fault;
use super::wire::Duplex;

/// Encrypts `stream`, and makes sure that it leads to `host`.
pub(crate) async fn encrypt(
    stream: Box<dyn Duplex>,
    host: &str,
    extra_ca_pem: Option<&str>,
) -> Result<Box<dyn Duplex>, Fault> {
    let config = client_config(extra_ca_pem).map_err(|error| refused(host, &error))?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| RemoteError::permanent(Problem::new(ProblemCode::HostUnknown).with("host", host)))?;
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(encrypted) => Ok(Box::new(encrypted)),
        Err(error) => Err(handshake_fault(host, error)),
    }
}

fn handshake_fault(host: &str, error: io::Error) -> Fault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(tls @ Error::InvalidCertificate(_)) => refused(host, tls).into(),
        Some(_) => Fault::Nonsense("the encryption could not be agreed on"),
        None => Fault::Line(error),
    }
}

fn refused(host: &str, error: &Error) -> RemoteError {
    let problem = Problem::new(ProblemCode::CertificateRefused).with("host", host).with("why", why(error));
    RemoteError::permanent(problem.because(error))
}

fn why(error: &Error) -> &'static str {
    use CertificateError as Why;
    let Error::InvalidCertificate(error) = error else { return "other" };
    match error {
        Why::Expired | Why::ExpiredContext { .. } => "expired",
        Why::NotValidYet | Why::NotValidYetContext { .. } => "not_yet_valid",
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "wrong_name",
        Why::UnknownIssuer => "unknown_issuer",
        Why::Revoked => "revoked",
        // What most self-signed certificates look like: an authority that stands for itself, which nobody vouches for.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => "unknown_issuer",
        _ => "other",
    }
}

fn client_config(extra_ca_pem: Option<&str>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let trusted = Trusted::new(extra_ca_pem, provider.clone())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trusted))
        .with_no_client_auth();
    Ok(config)
}

/// The system's verification, and beside it the very certificates a person chose to trust: those need no issuer and may call themselves an
/// authority, as self-signed ones do, but they must carry the server's name and be in date like any other.
#[derive(Debug)]
struct Trusted {
    system: Verifier,
    chosen: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn new(pem: Option<&str>, provider: Arc<CryptoProvider>) -> Result<Trusted, Error> {
        let chosen: Vec<_> = CertificateDer::pem_slice_iter(pem.unwrap_or_default().as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        Ok(Trusted { system: Verifier::new_with_extra_roots(chosen.clone(), provider)?, chosen })
    }
}

fn out_of_date(error: &Error) -> bool {
    matches!(why(error), "expired" | "not_yet_valid" | "revoked")
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found =
            self.system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match found {
            Err(error) if self.chosen.iter().any(|chosen| chosen == end_entity) && !out_of_date(&error) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            found => found,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

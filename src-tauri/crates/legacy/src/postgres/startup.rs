//! From a fresh socket to a session that is ready: start-up parameters and authentication.

use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use wire::{Fault, FaultKind};

use super::{Connection, fault, settings::Settings, socket::Socket};
use crate::{StageName, driver::Target};

/// Bytes of a start-up; a server has little to say then.
const LONGEST: i64 = 1 << 20;

/// Starts a session and answers the server's questions about who asks. Each credential is sent once.
pub(crate) async fn session(settings: &Settings, mut socket: Socket, target: &Target<'_>) -> Result<Connection, Fault> {
    let mut names = vec![("user", settings.user.as_str()), ("database", settings.database.as_str())];
    names.extend(settings.startup.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    names.push(("client_encoding", "UTF8"));
    put(&mut socket, |out| frontend::startup_message(names.iter().copied(), out))?;
    socket.send().await.map_err(|error| fault::io(&error))?;

    let mut parameters = Map::new();
    let (mut process_id, mut secret_key) = (0, 0);
    let mut scram: Option<ScramSha256> = None;
    let mut bytes = 0;
    loop {
        let received = socket.receive(0).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => out_of_order(),
            _ => fault::io(&error),
        })?;
        bytes += i64::from(received.length);
        if bytes > LONGEST {
            return Err(out_of_order());
        }
        match received.message {
            Message::AuthenticationOk => {}
            Message::AuthenticationCleartextPassword => {
                let word = password(settings)?.expose_secret().as_bytes();
                put(&mut socket, |out| frontend::password_message(word, out))?;
            }
            Message::AuthenticationMd5Password(body) => {
                let word = password(settings)?.expose_secret().as_bytes();
                let hash = md5_hash(settings.user.as_bytes(), word, body.salt());
                put(&mut socket, |out| frontend::password_message(hash.as_bytes(), out))?;
            }
            Message::AuthenticationSasl(body) => {
                let known =
                    body.mechanisms().any(|name| Ok(name == SCRAM_SHA_256)).map_err(|error| unreadable(&error))?;
                if !known {
                    return Err(unsupported("a SASL mechanism other than SCRAM-SHA-256"));
                }
                let word = password(settings)?.expose_secret().as_bytes();
                let first = ScramSha256::new(word, ChannelBinding::unsupported());
                put(&mut socket, |out| frontend::sasl_initial_response(SCRAM_SHA_256, first.message(), out))?;
                scram = Some(first);
            }
            Message::AuthenticationSaslContinue(body) => {
                let exchange = scram.as_mut().ok_or_else(out_of_order)?;
                exchange.update(body.data()).map_err(|error| unreadable(&error))?;
                put(&mut socket, |out| frontend::sasl_response(exchange.message(), out))?;
            }
            Message::AuthenticationSaslFinal(body) => {
                // The server proves here that it knows the password too.
                scram.take().ok_or_else(out_of_order)?.finish(body.data()).map_err(|error| unreadable(&error))?;
            }
            Message::AuthenticationGss | Message::AuthenticationKerberosV5 | Message::AuthenticationSspi => {
                return Err(unsupported("Kerberos, GSSAPI or SSPI"));
            }
            Message::ParameterStatus(body) => {
                let read = || Ok::<_, io::Error>((body.name()?.to_owned(), body.value()?.to_owned()));
                let (name, value) = read().map_err(|error| unreadable(&error))?;
                parameters.insert(name, Value::String(value));
            }
            Message::BackendKeyData(body) => (process_id, secret_key) = (body.process_id(), body.secret_key()),
            Message::NoticeResponse(_) => {}
            Message::ErrorResponse(body) => {
                return Err(
                    fault::server(body.fields(), received.length, true).unwrap_or_else(|error| unreadable(&error))
                );
            }
            Message::ReadyForQuery(_) => break,
            _ => return Err(out_of_order()),
        }
        if !socket.outgoing().is_empty() {
            socket.send().await.map_err(|error| fault::io(&error))?;
        }
    }
    let version = parameters.get("server_version").and_then(Value::as_str).unwrap_or("of unknown version");
    (target.reached)(StageName::Authentication, format!("user {}, PostgreSQL {version}", settings.user));
    Ok(Connection { socket, parameters, process_id, secret_key, busy: false, gone: false, status: b'I' })
}

fn put(socket: &mut Socket, message: impl FnOnce(&mut BytesMut) -> io::Result<()>) -> Result<(), Fault> {
    message(socket.outgoing()).map_err(|error| {
        let hint = "A user, database or password cannot hold a zero character.";
        fault::plain(
            FaultKind::Authentication,
            format!("the connection's parameters cannot be sent: {error}"),
            Some(hint),
        )
    })
}

fn password(settings: &Settings) -> Result<&SecretString, Fault> {
    settings.password.as_ref().ok_or_else(|| {
        // The words are node pg's.
        fault::plain(
            FaultKind::Authentication,
            "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
            Some("The server asks for a password and the script gives none: is the configuration value set?"),
        )
    })
}

fn unsupported(what: &str) -> Fault {
    let hint = "Let this role in with scram-sha-256 (pg_hba.conf).";
    fault::plain(
        FaultKind::Authentication,
        format!("the server asks for {what}, which node pg does not know either"),
        Some(hint),
    )
}

fn out_of_order() -> Fault {
    // Node `pg` waits for the rest of what it takes for a message, until the other side ends the connection.
    let hint =
        "What answers there does not speak PostgreSQL's protocol. Is it a PostgreSQL server? Check host and port.";
    Fault { hint: Some(hint.to_owned()), ..fault::terminated() }
}

fn unreadable(error: &io::Error) -> Fault {
    fault::plain(
        FaultKind::Authentication,
        format!("the server's answer does not fit the password exchange: {error}"),
        None,
    )
}

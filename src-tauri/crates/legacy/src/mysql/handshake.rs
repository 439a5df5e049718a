//! From an open socket to an authenticated session: the server's greeting, TLS, and the login. Credentials are tried
//! once.

use std::io;

use mysql_common::{crypto, scramble};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use wire::{Fault, FaultKind};

use super::{
    encoding::Encoding,
    fault::{lost, server},
    packet::{Packets, Payload, cut_short, put_length, put_string},
    settings::{Settings, capability},
};
use crate::{StageName, driver::Target, fault::fault, tls};

const NATIVE: &str = "mysql_native_password";
const SHA2: &str = "caching_sha2_password";
const CLEAR: &str = "mysql_clear_password";

/// No message of the login is longer.
const LONGEST: usize = 1 << 20;

/// What the server says first.
pub(super) struct Greeting {
    pub(super) version: String,
    pub(super) thread_id: u32,
    pub(super) capabilities: u32,
    pub(super) extended: u32,
    pub(super) charset: u8,
    pub(super) status: u16,
    nonce: Vec<u8>,
    plugin: String,
}

/// An authenticated session.
pub(super) struct Session {
    pub(super) packets: Packets,
    pub(super) greeting: Greeting,
    pub(super) flags: u32,
    pub(super) extended_metadata: bool,
    pub(super) encoding: Encoding,
}

/// Greets, encrypts where the script asks for it, and logs in.
pub(super) async fn log_in(stream: TcpStream, settings: &Settings, target: &Target<'_>) -> Result<Session, Fault> {
    let mut packets = Packets::new(Box::new(stream));
    let hello = packets.read(LONGEST).await.map_err(|error| lost(&error))?;
    if hello.first() == Some(&0xFF) {
        return Err(server(&hello[1..], Encoding::Utf8, true));
    }
    let mut greeting = Greeting::read(&hello).map_err(|error| lost(&error))?;
    let extended_metadata = settings.extended_metadata
        && greeting.capabilities & capability::LONG_PASSWORD == 0
        && greeting.extended & capability::MARIADB_EXTENDED_METADATA != 0;
    let mut flags = settings.flags;
    if extended_metadata {
        flags &= !capability::LONG_PASSWORD;
    }
    if settings.database.is_some() {
        flags |= capability::CONNECT_WITH_DB;
    }
    if !settings.attributes.is_empty() && greeting.capabilities & capability::CONNECT_ATTRS != 0 {
        flags |= capability::CONNECT_ATTRS;
    }
    let head = |flags: u32| {
        let mut message = Vec::with_capacity(64);
        message.extend_from_slice(&flags.to_le_bytes());
        message.extend_from_slice(&0_u32.to_le_bytes()); // no limit of ours on packets
        message.push(settings.charset);
        message.extend_from_slice(&[0; 19]);
        let extended = if extended_metadata { capability::MARIADB_EXTENDED_METADATA } else { 0 };
        message.extend_from_slice(&extended.to_le_bytes());
        message
    };
    if let Some(ssl) = &settings.tls {
        if greeting.capabilities & capability::SSL == 0 {
            let mut refused = fault(FaultKind::Tls, "Server does not support secure connection");
            refused.code = Some("HANDSHAKE_NO_SSL_SUPPORT".to_owned());
            refused.hint = Some("Switch TLS on at the server, or take ssl out of the script.".to_owned());
            return Err(refused);
        }
        flags |= capability::SSL;
        packets.write(&head(flags)).await.map_err(|error| lost(&error))?;
        let (transport, sequence) = packets.into_transport();
        let stream = tls::wrap(transport, ssl, target.host).await.map_err(|mut failed| {
            // Both Node packages call every failed handshake that.
            failed.code = Some("HANDSHAKE_SSL_ERROR".to_owned());
            failed.fields.clear();
            failed
        })?;
        packets = Packets::resume(Box::new(stream), sequence);
        let checked = if ssl.verify { "certificate verified" } else { "certificate not verified, as the script says" };
        (target.reached)(StageName::Tls, checked.to_owned());
    }
    let plugin = first_plugin(&greeting, flags, settings).to_owned();
    let mut message = head(flags);
    message.extend_from_slice(settings.user.as_bytes());
    message.push(0);
    let token = token(&plugin, settings.password.as_ref(), &greeting.nonce).unwrap_or_default();
    if flags & capability::LENGTH_CODED_AUTH != 0 {
        put_string(&mut message, &token);
    } else {
        message.push(token.len() as u8);
        message.extend_from_slice(&token);
    }
    if let Some(database) = &settings.database {
        message.extend_from_slice(database.as_bytes());
        message.push(0);
    }
    if flags & capability::PLUGIN_AUTH != 0 {
        message.extend_from_slice(plugin.as_bytes());
        message.push(0);
    }
    if flags & capability::CONNECT_ATTRS != 0 {
        let mut attributes = Vec::new();
        for (name, value) in &settings.attributes {
            put_string(&mut attributes, name.as_bytes());
            put_string(&mut attributes, value.as_bytes());
        }
        put_length(&mut message, attributes.len());
        message.extend_from_slice(&attributes);
    }
    packets.write(&message).await.map_err(|error| lost(&error))?;
    authenticate(&mut packets, plugin, settings, &mut greeting).await?;
    Ok(Session { packets, greeting, flags, extended_metadata, encoding: settings.encoding })
}

/// Answers the server until it says yes or no.
async fn authenticate(
    packets: &mut Packets,
    mut plugin: String,
    settings: &Settings,
    greeting: &mut Greeting,
) -> Result<(), Fault> {
    let password = settings.password.as_ref();
    loop {
        let answer = packets.read(LONGEST).await.map_err(|error| lost(&error))?;
        match answer.split_first() {
            Some((0x00, _)) => return Ok(()),
            Some((0xFF, error)) => return Err(server(error, settings.encoding, true)),
            Some((0xFE, [])) => {
                return Err(method(
                    "mysql_old_password",
                    "MySQL server is requesting the old and insecure pre-4.1 auth mechanism. \
                     Upgrade the user password or use the {insecureAuth: true} option.",
                    "HANDSHAKE_INSECURE_AUTH",
                ));
            }
            Some((0xFE, request)) => {
                let mut request = Payload(request);
                plugin = String::from_utf8_lossy(request.until_zero()).into_owned();
                greeting.nonce = request.0.iter().copied().take(20).collect();
                if plugin == CLEAR && !settings.cleartext || ![NATIVE, SHA2, CLEAR].contains(&plugin.as_str()) {
                    return Err(method(
                        &plugin,
                        &format!("MySQL is requesting the {plugin} authentication method, which is not supported."),
                        "UNSUPPORTED_AUTH_METHOD",
                    ));
                }
                let token = token(&plugin, password, &greeting.nonce).unwrap_or_default();
                packets.write(&token).await.map_err(|error| lost(&error))?;
            }
            Some((0x01, [0x03])) => {} // caching_sha2_password knew us; the yes follows
            Some((0x01, [0x04])) if plugin == SHA2 => full_sha2(packets, settings, greeting).await?,
            _ => return Err(lost(&cut_short())),
        }
    }
}

/// `caching_sha2_password` wants the password itself: through TLS, or encrypted with the server's key.
async fn full_sha2(packets: &mut Packets, settings: &Settings, greeting: &Greeting) -> Result<(), Fault> {
    let mut password = settings.password.as_ref().map_or("", |password| password.expose_secret()).as_bytes().to_vec();
    password.push(0);
    if settings.tls.is_some() {
        return packets.write(&password).await.map_err(|error| lost(&error));
    }
    packets.write(&[0x02]).await.map_err(|error| lost(&error))?;
    let answer = packets.read(LONGEST).await.map_err(|error| lost(&error))?;
    let key = match answer.split_first() {
        Some((0x01, key)) if key.starts_with(b"-----BEGIN PUBLIC KEY") => key.to_vec(),
        Some((0xFF, error)) => return Err(server(error, settings.encoding, true)),
        _ => return Err(lost(&cut_short())),
    };
    for (byte, mask) in password.iter_mut().zip(greeting.nonce.iter().cycle()) {
        *byte ^= mask;
    }
    // The crate panics on a key it cannot read; on a thread of its own that is an error like any other.
    let encrypted =
        tokio::task::spawn_blocking(move || crypto::encrypt(&password, &key)).await.map_err(|_| lost(&cut_short()))?;
    packets.write(&encrypted).await.map_err(|error| lost(&error))
}

/// The method of the first answer: the server's own where the package speaks it, which saves a round trip.
fn first_plugin<'a>(greeting: &'a Greeting, flags: u32, settings: &Settings) -> &'a str {
    match greeting.plugin.as_str() {
        SHA2 if flags & capability::PLUGIN_AUTH != 0 => SHA2,
        CLEAR if flags & capability::PLUGIN_AUTH != 0 && settings.cleartext && settings.tls.is_some() => CLEAR,
        _ => NATIVE,
    }
}

/// What proves the password; none without one.
fn token(plugin: &str, password: Option<&SecretString>, nonce: &[u8]) -> Option<Vec<u8>> {
    let password = password?.expose_secret().as_bytes();
    match plugin {
        SHA2 => scramble::scramble_sha256(nonce, password).map(|token| token.to_vec()),
        CLEAR => Some([password, &[0]].concat()),
        _ => scramble::scramble_native(nonce, password).map(|token| token.to_vec()),
    }
}

/// A login method that the Node package would refuse as well. `fields.plugin` lets the shim have it refuse by itself.
fn method(plugin: &str, message: &str, code: &str) -> Fault {
    let mut refused = fault(FaultKind::Authentication, message);
    refused.code = Some(code.to_owned());
    refused.fields.insert("plugin".to_owned(), plugin.into());
    refused.hint =
        Some(format!("The account uses {plugin}; the platform's package cannot either. Change the account."));
    refused
}

impl Greeting {
    fn read(hello: &[u8]) -> io::Result<Greeting> {
        let mut hello = Payload(hello);
        if hello.byte()? != 10 {
            return Err(cut_short());
        }
        let version = String::from_utf8_lossy(hello.until_zero()).into_owned();
        let thread_id = hello.u32()?;
        let mut nonce = hello.bytes(8)?.to_vec();
        hello.bytes(1)?;
        let low = u32::from(hello.u16()?);
        let charset = hello.byte()?;
        let status = hello.u16()?;
        let capabilities = u32::from(hello.u16()?) << 16 | low;
        let length = usize::from(hello.byte()?);
        hello.bytes(6)?;
        let extended = hello.u32()?;
        nonce.extend_from_slice(hello.bytes(length.saturating_sub(8).max(13))?);
        nonce.truncate(20);
        let plugin = String::from_utf8_lossy(hello.until_zero()).into_owned();
        Ok(Greeting { version, thread_id, capabilities, extended, charset, status, nonce, plugin })
    }
}

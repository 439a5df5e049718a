//! Names: the system's own resolver for addresses to connect to, and a resolver of ours for records that it does not give.

use std::{future::Future, net::IpAddr, time::Duration};

use contract::TraceKind;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};
use serde_json::{Value, json};
use tokio::net::lookup_host;
use wire::{Fault, FaultKind, NameRecord, NameRequest, StoreReply};

use crate::{
    Handled, Observed, Policy,
    fault::{self, fault},
};

/// Looks a name up, when the policy allows it.
pub(crate) async fn handle(request: &NameRequest, policy: &Policy) -> Handled {
    let label = format!("dns {} {}", word(request.record), request.name);
    let answered = match policy.check_name(&request.name) {
        Ok(()) => records(request, policy).await,
        Err(refused) => Err(refused),
    };
    let line = |kind, label, error| Some(Observed { kind, label, statement: None, kept: None, error });
    match answered {
        Ok(records) => {
            let count = if records.len() == 1 { "1 record".to_owned() } else { format!("{} records", records.len()) };
            let observed = line(TraceKind::Connect, format!("{label} · {count}"), None);
            Handled { reply: StoreReply::Names { records }, observed }
        }
        Err(fault) => {
            let observed = match fault.kind {
                FaultKind::Policy => {
                    // The place to allow, as a refused connection names it.
                    let label = Policy::wanted(&request.name).map_or(label, |place| format!("dns {place}"));
                    line(TraceKind::Blocked, label, Some(fault.message.clone()))
                }
                FaultKind::Connection => line(TraceKind::Connect, label, Some(fault.message.clone())),
                // No such record is an answer: the driver asks for TXT records that few clusters have.
                _ => line(TraceKind::Connect, format!("{label} · {}", fault.code.as_deref().unwrap_or("none")), None),
            };
            Handled { reply: StoreReply::failed(fault), observed }
        }
    }
}

/// A host's addresses, as the system finds them; none where there are none.
pub(crate) async fn addresses(policy: &Policy, host: &str) -> Vec<IpAddr> {
    // No name server is asked for this machine itself.
    if policy.name_server().is_none() || host == "localhost" || host.parse::<IpAddr>().is_ok() {
        return lookup_host((host, 0))
            .await
            .map(|found| found.map(|address| address.ip()).collect())
            .unwrap_or_default();
    }
    let mut found = Vec::new();
    for kind in [RecordType::A, RecordType::AAAA] {
        let answers = look_up(policy, host, kind).await.unwrap_or_default();
        found.extend(answers.into_iter().filter_map(|(data, _)| data.ip_addr()));
    }
    found
}

async fn records(request: &NameRequest, policy: &Policy) -> Result<Vec<Value>, Fault> {
    let (name, record) = (request.name.as_str(), request.record);
    if record == NameRecord::Address {
        let found = addresses(policy, name).await;
        let found = checked(name, found)?;
        if found.is_empty() {
            return Err(fault::name_not_found(name));
        }
        return Ok(found.iter().map(|ip| json!({"address": ip.to_string(), "family": family(*ip)})).collect());
    }
    let (asked, kind) = match record {
        NameRecord::Reverse => {
            let ip: IpAddr = name.parse().map_err(|_| failed(record, name, "ENOTFOUND"))?;
            (Name::from(ip).to_ascii(), RecordType::PTR)
        }
        _ => (name.to_owned(), record_type(record)),
    };
    let answers = look_up(policy, &asked, kind).await.map_err(|code| failed(record, name, code))?;
    let mut records = Vec::new();
    for (data, ttl) in answers {
        if let Some(ip) = data.ip_addr() {
            checked(name, vec![ip])?;
        }
        if let RData::SRV(srv) = &data {
            policy.named_by_srv(name, &text(&srv.target), srv.port);
        }
        records.extend(shown(&data, ttl));
    }
    if records.is_empty() { Err(failed(record, name, "ENODATA")) } else { Ok(records) }
}

/// Answers of one type, with their time to live; else c-ares' code for why not.
///
/// A resolver per question: the system's configuration may change while the app runs, and nothing is remembered.
fn look_up(
    policy: &Policy,
    name: &str,
    kind: RecordType,
) -> impl Future<Output = Result<Vec<(RData, u32)>, &'static str>> + Send + use<> {
    let resolver = resolver(policy);
    // The whole name: no search domains.
    let name = Name::from_ascii(format!("{}.", name.trim_end_matches('.')));
    async move {
        let (resolver, name) = (resolver.map_err(|_| "ECONNREFUSED")?, name.map_err(|_| "EBADNAME")?);
        let found = resolver.lookup(name, kind).await.map_err(|error| code(&error))?;
        let answers = found.answers().iter().filter(|record| record.record_type() == kind);
        Ok(answers.map(|record| (record.data.clone(), record.ttl)).collect())
    }
}

fn resolver(policy: &Policy) -> Result<TokioResolver, NetError> {
    let mut builder = match policy.name_server() {
        None => TokioResolver::builder_tokio()?,
        Some(address) => {
            let mut connection = ConnectionConfig::udp();
            connection.port = address.port();
            let server = NameServerConfig::new(address.ip(), true, vec![connection]);
            let config = ResolverConfig::from_name_servers(vec![server]);
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            *builder.options_mut() = ResolverOpts::default();
            builder.options_mut().timeout = Duration::from_secs(1);
            builder
        }
    };
    builder.options_mut().use_hosts_file = ResolveHosts::Never;
    builder.build()
}

fn checked(name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Fault> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for ip in found {
        Policy::check_address(name, ip)?;
        if !addresses.contains(&ip) {
            addresses.push(ip);
        }
    }
    Ok(addresses)
}

fn family(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 4 } else { 6 }
}

/// A name as Node shows it: no dot at the end.
fn text(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_owned()
}

fn shown(data: &RData, ttl: u32) -> Option<Value> {
    Some(match data {
        RData::A(_) | RData::AAAA(_) => json!({"address": data.ip_addr()?.to_string(), "ttl": ttl}),
        RData::CNAME(name) => json!(text(name)),
        RData::NS(name) => json!(text(name)),
        RData::PTR(name) => json!(text(name)),
        RData::MX(mx) => json!({"exchange": text(&mx.exchange), "priority": mx.preference}),
        RData::SRV(srv) => {
            json!({"name": text(&srv.target), "port": srv.port, "priority": srv.priority, "weight": srv.weight})
        }
        RData::TXT(txt) => {
            // Node takes their bytes for Latin-1.
            let latin1 = |part: &[u8]| part.iter().map(|byte| char::from(*byte)).collect::<String>();
            let parts: Vec<String> = txt.txt_data.iter().map(|part| latin1(part)).collect();
            json!(parts)
        }
        RData::SOA(soa) => json!({
            "nsname": text(&soa.mname), "hostmaster": text(&soa.rname), "serial": soa.serial,
            "refresh": soa.refresh, "retry": soa.retry, "expire": soa.expire, "minttl": soa.minimum,
        }),
        _ => return None,
    })
}

fn record_type(record: NameRecord) -> RecordType {
    match record {
        NameRecord::A | NameRecord::Address => RecordType::A,
        NameRecord::Aaaa => RecordType::AAAA,
        NameRecord::Cname => RecordType::CNAME,
        NameRecord::Mx => RecordType::MX,
        NameRecord::Ns => RecordType::NS,
        NameRecord::Ptr | NameRecord::Reverse => RecordType::PTR,
        NameRecord::Soa => RecordType::SOA,
        NameRecord::Srv => RecordType::SRV,
        NameRecord::Txt => RecordType::TXT,
    }
}

fn word(record: NameRecord) -> String {
    match record {
        NameRecord::Address => "address".to_owned(),
        NameRecord::Reverse => "reverse".to_owned(),
        _ => record_type(record).to_string(),
    }
}

/// c-ares' code, as Node's errors have it.
fn code(error: &NetError) -> &'static str {
    let response = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
        NetError::Dns(DnsError::ResponseCode(code)) => *code,
        NetError::Timeout => return "ETIMEOUT",
        NetError::Io(_) | NetError::NoConnections => return "ECONNREFUSED",
        _ => return "EBADRESP",
    };
    match response {
        ResponseCode::NoError => "ENODATA",
        ResponseCode::NXDomain => "ENOTFOUND",
        ResponseCode::ServFail => "ESERVFAIL",
        ResponseCode::Refused => "EREFUSED",
        ResponseCode::FormErr => "EFORMERR",
        ResponseCode::NotImp => "ENOTIMP",
        _ => "EBADRESP",
    }
}

/// A failed look-up. Without SRV records there is no server to connect to; without others there is just nothing to know.
fn failed(record: NameRecord, name: &str, code: &str) -> Fault {
    let kind = if record == NameRecord::Srv { FaultKind::Connection } else { FaultKind::Statement };
    let syscall = match record {
        NameRecord::Reverse => "getHostByAddr".to_owned(),
        _ => {
            let word = word(record).to_ascii_lowercase();
            format!("query{}{}", word[..1].to_ascii_uppercase(), &word[1..])
        }
    };
    let mut failed = fault(kind, format!("{syscall} {code} {name}"));
    failed.code = Some(code.to_owned());
    failed.fields.insert("syscall".to_owned(), json!(syscall));
    failed.fields.insert("hostname".to_owned(), json!(name));
    failed.hint = Some(match code {
        "ENOTFOUND" | "ENODATA" => {
            format!("no such record is known for \"{name}\": check the spelling, or the name server (VPN?)")
        }
        _ => "the name server did not answer as it should: is this machine online?".to_owned(),
    });
    failed
}

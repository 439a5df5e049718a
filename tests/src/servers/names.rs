//! A name server of the test's own, on a loopback UDP port.

use std::{
    io::Result,
    net::{Ipv6Addr, SocketAddr, UdpSocket},
};

/// A record as it stands in an answer.
#[derive(Clone)]
pub enum Record {
    /// An address.
    A([u8; 4]),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// A service; its priority is 1, its weight 2.
    Srv {
        /// Where it listens.
        port: u16,
        /// On which host.
        target: &'static str,
    },
    /// Texts, each at most 255 bytes long.
    Txt(&'static [&'static str]),
    /// Who takes mail.
    Mx {
        /// Lower is tried first.
        priority: u16,
        /// The host.
        exchange: &'static str,
    },
    /// Another name.
    Cname(&'static str),
    /// Who serves the zone.
    Ns(&'static str),
    /// The name of an address.
    Ptr(&'static str),
    /// The zone: server, mailbox, and numbers from 1 to 5.
    Soa(&'static str, &'static str),
    /// No answer but this response code (RFC 1035 §4.1.1): 2 is a failing server, 5 one that refuses.
    Code(u8),
}

/// Answers what is listed; a name without any record does not exist.
pub fn start(records: Vec<(&'static str, Record)>) -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("loopback has free ports");
    let address = socket.local_addr().expect("a bound socket has an address");
    // The thread ends with the test's process.
    std::thread::spawn(move || -> Result<()> {
        let mut bytes = [0; 1500];
        loop {
            let (length, asker) = socket.recv_from(&mut bytes)?;
            if let Some(answer) = answer(&bytes[..length], &records) {
                socket.send_to(&answer, asker)?;
            }
        }
    });
    address
}

fn answer(question: &[u8], records: &[(&str, Record)]) -> Option<Vec<u8>> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while *question.get(at)? != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(question.get(at + 1..at + 1 + length)?).to_lowercase());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([*question.get(at + 1)?, *question.get(at + 2)?]);
    let name = labels.join(".");
    let of_name: Vec<&Record> = records.iter().filter(|(of, _)| *of == name).map(|(_, record)| record).collect();
    let found: Vec<Vec<u8>> =
        of_name.iter().filter_map(|record| coded(record)).filter(|(of, _)| *of == kind).map(|(_, data)| data).collect();
    let response = match of_name.first() {
        None => 3,
        Some(Record::Code(code)) => *code,
        Some(_) => 0,
    };
    let count = u8::try_from(found.len()).ok()?;
    let mut out = vec![question[0], question[1], 0x81, 0x80 | response, 0, 1, 0, count, 0, 0, 0, 0];
    out.extend(question.get(12..at + 5)?);
    for data in found {
        out.extend([0xc0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        out.extend(data);
    }
    Some(out)
}

/// The record's type and data; none for what is no record.
fn coded(record: &Record) -> Option<(u16, Vec<u8>)> {
    Some(match record {
        Record::A(address) => (1, address.to_vec()),
        Record::Ns(target) => (2, name(target)),
        Record::Cname(target) => (5, name(target)),
        Record::Soa(server, mailbox) => {
            let numbers = (1..=5_u32).flat_map(u32::to_be_bytes).collect();
            (6, [name(server), name(mailbox), numbers].concat())
        }
        Record::Ptr(target) => (12, name(target)),
        Record::Mx { priority, exchange } => (15, [priority.to_be_bytes().to_vec(), name(exchange)].concat()),
        Record::Txt(texts) => (16, texts.iter().flat_map(|text| short(text)).collect()),
        Record::Aaaa(address) => (28, address.octets().to_vec()),
        Record::Srv { port, target } => (33, [vec![0, 1, 0, 2], port.to_be_bytes().to_vec(), name(target)].concat()),
        Record::Code(_) => return None,
    })
}

fn name(text: &str) -> Vec<u8> {
    text.split('.').flat_map(short).chain([0]).collect()
}

fn short(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a label or text of at most 255 bytes");
    [&[length], text.as_bytes()].concat()
}

//! A name server of the test's own, on a loopback UDP port.

use std::net::{SocketAddr, UdpSocket};

/// A record as it stands in an answer.
#[derive(Clone)]
pub(crate) enum Record {
    A([u8; 4]),
    Srv { port: u16, target: &'static str },
    Txt(&'static str),
    Mx { priority: u16, exchange: &'static str },
    Cname(&'static str),
}

/// Answers what is listed; a name without any record does not exist.
pub(crate) fn start(records: Vec<(&'static str, Record)>) -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let address = socket.local_addr().unwrap();
    // The thread ends with the test's process.
    std::thread::spawn(move || {
        let mut bytes = [0; 1500];
        while let Ok((length, asker)) = socket.recv_from(&mut bytes) {
            let _ = socket.send_to(&answer(&bytes[..length], &records), asker);
        }
    });
    address
}

fn answer(question: &[u8], records: &[(&str, Record)]) -> Vec<u8> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while question[at] != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..at + 1 + length]).to_lowercase());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    let name = labels.join(".");
    let of_name: Vec<&Record> = records.iter().filter(|(of, _)| *of == name).map(|(_, record)| record).collect();
    let found: Vec<(u16, Vec<u8>)> = of_name.iter().map(|record| coded(record)).filter(|(of, _)| *of == kind).collect();
    let response: u8 = if of_name.is_empty() { 3 } else { 0 };
    let count = u8::try_from(found.len()).unwrap();
    let mut out = vec![question[0], question[1], 0x81, 0x80 | response, 0, 1, 0, count, 0, 0, 0, 0];
    out.extend(&question[12..at + 5]);
    for (kind, data) in found {
        out.extend([0xc0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

fn coded(record: &Record) -> (u16, Vec<u8>) {
    match record {
        Record::A(address) => (1, address.to_vec()),
        Record::Cname(target) => (5, name(target)),
        Record::Mx { priority, exchange } => (15, [priority.to_be_bytes().to_vec(), name(exchange)].concat()),
        Record::Txt(text) => (16, [vec![u8::try_from(text.len()).unwrap()], text.as_bytes().to_vec()].concat()),
        Record::Srv { port, target } => (33, [vec![0, 1, 0, 2], port.to_be_bytes().to_vec(), name(target)].concat()),
    }
}

fn name(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in text.split('.') {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend(label.as_bytes());
    }
    out.push(0);
    out
}

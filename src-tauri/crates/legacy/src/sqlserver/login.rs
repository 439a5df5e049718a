//! LOGIN7 (MS-TDS 2.2.6.4): who comes in, and whether two sockets come as the same.

use secrecy::zeroize::Zeroizing;

use super::types::ucs2;

/// What a LOGIN7 says. Holds the password as it travels: neither printed nor serialised.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: String,
    /// What two logins must have in common to be one session: version, packet size, user, password, database, language.
    same: Zeroizing<Vec<u8>>,
    /// With user and password; other ways to log in are each a session of their own.
    is_plain: bool,
}

/// Fields by where their offset and length stand.
const USER: usize = 40;
const PASSWORD: usize = 44;
const LANGUAGE: usize = 64;
const DATABASE: usize = 68;
const SSPI: usize = 78;

impl Login {
    /// Reads the message's content; none when it is no LOGIN7.
    pub(super) fn read(payload: &[u8]) -> Option<Login> {
        let field = |place: usize, unit: usize| {
            let at = usize::from(u16::from_le_bytes([*payload.get(place)?, *payload.get(place + 1)?]));
            let length = usize::from(u16::from_le_bytes([*payload.get(place + 2)?, *payload.get(place + 3)?]));
            payload.get(at..at + length * unit)
        };
        let mut same = Zeroizing::new(payload.get(4..12)?.to_vec());
        for place in [USER, PASSWORD, LANGUAGE, DATABASE] {
            let text = field(place, 2)?;
            same.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            same.extend_from_slice(text);
        }
        let user = field(USER, 2)?;
        let is_plain = !user.is_empty() && field(SSPI, 1)?.is_empty();
        Some(Login { user: ucs2(user), same, is_plain })
    }

    /// Whether the server would treat both alike.
    pub(super) fn is_same(&self, other: &Login) -> bool {
        self.is_plain && other.is_plain && self.same == other.same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, password: &str, pid: u8) -> Vec<u8> {
        let mut bytes = vec![0; 94];
        bytes[4..8].copy_from_slice(&[4, 0, 0, 0x74]);
        bytes[16] = pid;
        for (place, text) in [(USER, user), (PASSWORD, password)] {
            let at = u16::try_from(bytes.len()).unwrap().to_le_bytes();
            let length = u16::try_from(text.len()).unwrap().to_le_bytes();
            bytes[place..place + 4].copy_from_slice(&[at[0], at[1], length[0], length[1]]);
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        bytes
    }

    #[test]
    fn logins_are_alike_but_for_what_names_the_client() {
        let first = Login::read(&login("app", "secret", 1)).unwrap();
        assert_eq!(first.user, "app");
        assert!(first.is_same(&Login::read(&login("app", "secret", 2)).unwrap()));
        assert!(!first.is_same(&Login::read(&login("app", "other", 1)).unwrap()));
        // Where one field ends and the next begins counts.
        assert!(!first.is_same(&Login::read(&login("apps", "ecret", 1)).unwrap()));
        assert!(Login::read(&[0; 20]).is_none());
    }
}

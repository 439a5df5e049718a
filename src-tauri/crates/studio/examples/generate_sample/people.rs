//! A thousand people who do not exist, always the same: every choice follows from the person's number.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// How many.
pub(crate) const COUNT: u32 = 1_000;

const GIVEN: &[&str] = &[
    "Ada", "Adam", "Aisha", "Akira", "Alma", "Amara", "Anders", "Anika", "Anton", "Aroha", "Astrid", "Beatriz",
    "Björn", "Brigid", "Caio", "Carmen", "Chidi", "Chloé", "Clara", "Dana", "Darius", "Dilara", "Edith", "Elias",
    "Emeka", "Emil", "Esra", "Farid", "Fatima", "Felix", "Fiona", "Freya", "Gabriel", "Giulia", "Greta", "Hana",
    "Hassan", "Hedda", "Hugo", "Ines", "Ingrid", "Ioana", "Isak", "Ivan", "Jana", "Jin", "João", "Jonas", "Julia",
    "Kaito", "Karim", "Katya", "Kofi", "Lars", "Layla", "Lena", "Leo", "Lin", "Lucía", "Magnus", "Mai", "Malik",
    "Mara", "Marek", "Mateo", "Mei", "Milan", "Mira", "Nadia", "Naomi", "Niamh", "Nils", "Noor", "Nuno", "Olga",
    "Omar", "Oskar", "Paula", "Petra", "Priya", "Rafael", "Ravi", "Renata", "Rosa", "Runa", "Samir", "Sanna", "Sara",
    "Selma", "Simone", "Sofia", "Sören", "Tariq", "Tomás", "Tuva", "Vera", "Viktor", "Yara", "Yusuf", "Zoë",
];

const FAMILY: &[&str] = &[
    "Abara",
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Antonescu",
    "Aydın",
    "Bakker",
    "Banerjee",
    "Baumann",
    "Becker",
    "Bergström",
    "Bianchi",
    "Blanc",
    "Brennan",
    "Calloway",
    "Carvalho",
    "Castillo",
    "Chen",
    "Costa",
    "Dahl",
    "Demir",
    "Dubois",
    "Eklund",
    "Fairweather",
    "Farouk",
    "Fischer",
    "Fontaine",
    "Fujimoto",
    "Gallo",
    "García",
    "Greenhalgh",
    "Grönlund",
    "Haddad",
    "Hale",
    "Hansen",
    "Hartmann",
    "Hayashi",
    "Herrera",
    "Holm",
    "Horvat",
    "Ibrahim",
    "Iversen",
    "Jansen",
    "Kaya",
    "Keller",
    "Khan",
    "Kimura",
    "Kovač",
    "Kowalska",
    "Krüger",
    "Laurent",
    "Lehmann",
    "Lindqvist",
    "Lombardi",
    "Maes",
    "Mbeki",
    "McAllister",
    "Mendes",
    "Molina",
    "Moreau",
    "Nakamura",
    "Nandakumar",
    "Nguyen",
    "Novák",
    "Nwosu",
    "O'Brien",
    "Okafor",
    "Olsen",
    "Ortega",
    "Østergaard",
    "Papadakis",
    "Pereira",
    "Petrov",
    "Quintero",
    "Rahman",
    "Reyes",
    "Ricci",
    "Rossi",
    "Sandoval",
    "Sato",
    "Schneider",
    "Sharma",
    "Silva",
    "Sjöberg",
    "Smit",
    "Stoica",
    "Suzuki",
    "Szabó",
    "Takeda",
    "Tanaka",
    "Thornbury",
    "Ulrich",
    "Valdés",
    "van Dijk",
    "Varga",
    "Weber",
    "Whitlock",
    "Yamada",
    "Yılmaz",
    "Zhang",
];

// Names that can never be anybody's (RFC 2606).
const DOMAINS: &[&str] =
    &["harbor.example", "mail.northwind.example", "example.com", "example.org", "tidewater.example", "post.example"];

/// The formats, in the order in which they take turns, as the window names them.
#[cfg(test)]
pub(crate) const FORMATS: [&str; 6] =
    ["bcrypt $2b$", "bcrypt $2y$", "ASP.NET Identity v3", "Django PBKDF2-SHA256", "salted SHA-256", "argon2id"];

/// One person.
pub(crate) struct Person {
    /// Address, as the person once typed it.
    pub(crate) email: String,
    verified: bool,
    username: Option<String>,
    given: &'static str,
    family: &'static str,
    /// What the person types.
    pub(crate) password: String,
    created_at: String,
    last_login: Option<String>,
}

/// The person with this number, from 0.
pub(crate) fn person(number: u32) -> Person {
    let given = pick(GIVEN, number, "given");
    let family = pick(FAMILY, number, "family");
    // The number keeps addresses apart; most people do not notice it in theirs.
    let mut local = format!("{}.{}", ascii(given), ascii(family)).to_lowercase();
    if number >= 6 {
        local = match chance(number, "local") % 4 {
            0 => format!("{local}{}", number + 11),
            1 => format!("{}{}{}", &local[..1], ascii(family).to_lowercase(), number + 100),
            2 => format!("{}_{}", ascii(given).to_lowercase(), number + 1_000),
            _ => format!("{local}.{number}"),
        };
    }
    let mut email = format!("{local}@{}", pick(DOMAINS, number, "domain"));
    if number >= 6 && chance(number, "case").is_multiple_of(9) {
        email = capitals(&email);
    }
    let username =
        (!chance(number, "username").is_multiple_of(3)).then(|| format!("{}{number}", ascii(given).to_lowercase()));
    let created = 1_420_070_400 + u64::from(chance(number, "created")) % 300_000_000; // 2015 to mid 2024
    let seen = created + u64::from(chance(number, "seen")) % (1_750_000_000 - created);
    Person {
        email,
        verified: number < 6 || !chance(number, "verified").is_multiple_of(5),
        username,
        given,
        family,
        password: password(number),
        created_at: time(created),
        last_login: (!chance(number, "idle").is_multiple_of(7)).then(|| time(seen)),
    }
}

impl Person {
    /// The person's line: email, verified, username, given name, family name, password, created, last login. An empty
    /// field is a NULL.
    pub(crate) fn line(&self, hash: &str) -> String {
        [
            self.email.as_str(),
            if self.verified { "1" } else { "0" },
            self.username.as_deref().unwrap_or_default(),
            self.given,
            self.family,
            hash,
            &self.created_at,
            self.last_login.as_deref().unwrap_or_default(),
        ]
        .join("\t")
    }
}

/// The password as the legacy store keeps it.
pub(crate) fn hash(number: u32, password: &str) -> String {
    let salt: [u8; 16] = draw(number, "salt")[..16].try_into().expect("a digest has more than 16 bytes");
    let bcrypt =
        |version| bcrypt::hash_with_salt(password, 10, salt).expect("cost 10 is allowed").format_for_version(version);
    match number % 6 {
        0 => bcrypt(bcrypt::Version::TwoB),
        1 => bcrypt(bcrypt::Version::TwoY),
        2 => {
            // Marker 1; then, big-endian, HMAC-SHA256 (1), iterations, salt length; then salt and hash.
            let mut blob = vec![1, 0, 0, 0, 1];
            blob.extend(10_000u32.to_be_bytes());
            blob.extend(16u32.to_be_bytes());
            blob.extend(salt);
            blob.extend(pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), &salt, 10_000));
            STANDARD.encode(blob)
        }
        3 => {
            let salt = hex::encode(&salt[..6]);
            let hash = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt.as_bytes(), 260_000);
            format!("pbkdf2_sha256$260000${salt}${}", STANDARD.encode(hash))
        }
        4 => {
            let salt = hex::encode(&salt[..8]);
            format!("sha256${salt}${}", hex::encode(Sha256::digest(format!("{salt}{password}"))))
        }
        _ => {
            use argon2::password_hash::{PasswordHasher, SaltString};
            let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
            let hash = argon2::Argon2::default().hash_password(password.as_bytes(), &salt);
            hash.expect("the parameters are the defaults").to_string()
        }
    }
}

fn password(number: u32) -> String {
    const WORDS: &[&str] = &[
        "Anchor", "Basin", "Canal", "Delta", "Estuary", "Ferry", "Gravel", "Harbour", "Inlet", "Jetty", "Keel",
        "Lagoon",
    ];
    format!(
        "{}-{}-{}",
        pick(WORDS, number, "word"),
        pick(WORDS, number, "second word").to_lowercase(),
        10 + chance(number, "digits") % 90
    )
}

fn draw(number: u32, what: &str) -> [u8; 32] {
    Sha256::digest(format!("sluice sample {number} {what}")).into()
}

fn chance(number: u32, what: &str) -> u32 {
    let bytes = draw(number, what);
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn pick(list: &'static [&'static str], number: u32, what: &str) -> &'static str {
    list[chance(number, what) as usize % list.len()]
}

/// The name as people write it in an address.
fn ascii(name: &str) -> String {
    let plain = |c: char| match c {
        'á' => "a",
        'é' | 'ë' => "e",
        'í' | 'ı' => "i",
        'ó' | 'ö' => "o",
        'ã' => "a",
        'ü' => "u",
        'č' => "c",
        'Ø' => "O",
        _ => "",
    };
    name.chars().map(|c| if c.is_ascii_alphabetic() { c.to_string() } else { plain(c).to_owned() }).collect()
}

/// `ada.lovell@x` as `Ada.Lovell@x`: addresses come in mixed case (contract §18 P40).
fn capitals(email: &str) -> String {
    let mut start = true;
    email
        .chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c };
            start = c == '.' || c == '_';
            c
        })
        .take_while(|c| *c != '@')
        .chain(email.chars().skip_while(|c| *c != '@'))
        .collect()
}

/// Seconds since 1970 as `2024-02-29T12:00:00Z`.
fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).expect("this century");
    jiff::Timestamp::from_second(seconds).expect("this century").to_string()
}

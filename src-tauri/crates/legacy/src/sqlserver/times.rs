//! Dates and times as text, for the trace.

/// Days from 0001-01-01 to 1970-01-01.
const UNIX: i64 = 719_162;
/// Days from 1900-01-01 to 1970-01-01.
const FROM_1900: i64 = 25_567;

/// A value of a date or time type (DATE, TIME, DATETIME2, DATETIMEOFFSET, DATETIME, SMALLDATETIME).
pub(super) fn shown(id: u8, scale: u8, bytes: &[u8]) -> String {
    let number = |part: &[u8]| part.iter().rev().fold(0_i64, |value, byte| (value << 8) | i64::from(*byte));
    let size = match scale {
        0..=2 => 3,
        3 | 4 => 4,
        _ => 5,
    };
    match (id, bytes.len()) {
        (0x28, 3) => date(number(bytes) - UNIX),
        (0x29, length) if length == size => clock(number(bytes), scale),
        (0x2a, length) if length == size + 3 => {
            format!("{} {}", date(number(&bytes[size..]) - UNIX), clock(number(&bytes[..size]), scale))
        }
        (0x2b, length) if length == size + 5 => {
            let (time, day) = (number(&bytes[..size]), number(&bytes[size..size + 3]) - UNIX);
            let offset = i16::from_le_bytes([bytes[length - 2], bytes[length - 1]]);
            format!("{} {} UTC, offset {offset} min", date(day), clock(time, scale))
        }
        (_, 8) => {
            let days = i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
            format!("{} {}", date(days - FROM_1900), clock(number(&bytes[4..]) * 10 / 3, 3))
        }
        (_, 4) => format!("{} {}", date(number(&bytes[..2]) - FROM_1900), clock(number(&bytes[2..]) * 60, 0)),
        _ => "a time".to_owned(),
    }
}

/// A day counted from 1970-01-01, in the Gregorian calendar.
fn date(days: i64) -> String {
    let shifted = days + UNIX + 306;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

fn clock(ticks: i64, scale: u8) -> String {
    let unit = 10_i64.pow(u32::from(scale.min(7)));
    let (seconds, fraction) = (ticks.div_euclid(unit), ticks.rem_euclid(unit));
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if scale == 0 { time } else { format!("{time}.{fraction:0>width$}", width = usize::from(scale.min(7))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-UNIX), "0001-01-01");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(clock(452_961_234_567, 7), "12:34:56.1234567");
        // DATETIME 1900-01-01 00:00:01
        assert_eq!(shown(0x6f, 0, &[0, 0, 0, 0, 0x2c, 1, 0, 0]), "1900-01-01 00:00:01.000");
    }
}

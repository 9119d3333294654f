//! `chirp token`: prints a token, for scripts and for people who try things out.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::admission::{Role, Tokens};
use crate::condition::Conditions;
use crate::config::Config;
use crate::error::Error;
use crate::names::UserName;
use crate::wall_clock::unix_millis;

/// A token that holds for longer is not a token any more, but a password.
const VALID_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// For whom.
    #[arg(long, value_name = "NAME", value_parser = user)]
    user: UserName,
    /// What it allows beyond acting for the user; moderators remove posts.
    #[arg(long, value_name = "ROLE", value_enum, default_value_t = Role::User)]
    role: Role,
    /// For how long, such as 90s, 15m, 1h, 7d; if left out, what the configuration says.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    valid: Option<Duration>,
}

/// Prints the token.
pub(super) fn run(config: &Config, arguments: &TokenArguments) -> Result<(), Error> {
    let settings = config.tokens.as_ref().ok_or(Error::NoTokens)?;
    let tokens = Tokens::new(settings, &Conditions::default());
    let (token, _) = tokens.issue(&arguments.user, arguments.role, unix_millis(), arguments.valid);
    super::print(&format!("{token}\n"))
}

fn user(text: &str) -> Result<UserName, String> {
    UserName::parse(text).map_err(|error| error.to_string())
}

/// A whole number and a unit; more than nothing and at most a year.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a time: write a whole number and s, m, h or d, such as 1h");
    let split = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let time = Duration::from_secs(number.checked_mul(seconds).ok_or_else(wrong)?);
    if time.is_zero() || time > VALID_MAX {
        return Err(format!("`{text}` is out of range: 1s to 366d"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("1s", 1), ("90s", 90), ("15m", 900), ("1h", 3600), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "h", "1 h", "-1h", "1w", "0s", "367d", "99999999999999999999d", "18446744073709551615d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}

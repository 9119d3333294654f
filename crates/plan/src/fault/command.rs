//! `command`: whatever the user's own commands break.

use super::{
    claims::Claims,
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Field,
        collections::{List, Mapping},
        section::section,
        units_read::Time,
        values::NameText,
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use units::RegionName;

section! {
    /// Your own commands, each a list of arguments; no shell is involved.
    CommandText "a command" {
        /// The region it hurts, for the report. Default: none in particular.
        optional "region" region: NameText;
        /// Breaks it; exit code 0 means done.
        required "inject" inject: List<String>;
        /// Mends it; must be harmless when there is nothing to mend.
        required "heal" heal: List<String>;
        /// Exit code 0 proves that the fault has its effect.
        required "verify_effect" verify_effect: List<String>;
        /// Exit code 0 proves that the effect is gone.
        required "verify_removal" verify_removal: List<String>;
        /// The longest that one command may take, 100ms to 10m.
        optional "timeout" timeout: Time<100, 600_000> = "10s";
        /// Environment added to each command. Default: nothing.
        optional "environment" environment: Mapping<String, String>;
    }
}

/// Whatever the user's own commands break.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// The region it hurts, for the report; `None`: none in particular.
    pub region: Option<RegionName>,
    /// The commands.
    pub hook: CommandHook,
}

/// The user's own commands. Each is an argument list; no shell is involved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandHook {
    /// Breaks it; exit code 0 means done.
    pub inject: Vec<String>,
    /// Mends it; must be harmless when there is nothing to mend.
    pub heal: Vec<String>,
    /// Exit code 0 proves that the fault has its effect.
    pub verify_effect: Vec<String>,
    /// Exit code 0 proves that the effect is gone.
    pub verify_removal: Vec<String>,
    /// The longest that one command may take.
    #[serde(with = "units::duration")]
    pub timeout: Duration,
    /// Environment added to each command.
    pub environment: BTreeMap<String, String>,
}

impl Command {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "command",
        group: Group::Own,
        covers: &[],
        works_on: "any target",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "nothing that can be known from here",
        needs: "",
    };
}

impl Kind for Command {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.region.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims::default()
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let what = self.region.as_ref().map_or("something", RegionName::as_str);
        format!("the plan's own command breaks {what}")
    }
}

impl KindText for CommandText {
    type Kind = Command;

    fn resolve(&self, _: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Command> {
        let region = match self.region.is_written() {
            true => resolver.region(ground, &self.region).map(Some),
            false => Some(None),
        };
        let environment = self.environment.value().into_iter().flat_map(|mapping| &mapping.entries);
        for (name, value) in environment.clone() {
            if name.value.is_empty() || name.value.contains(['=', '\0']) || value.value.contains('\0') {
                let message = format!("{:?} can't be set in an environment", name.value);
                resolver.add(Mistake::new(Code::Malformed, name.span, message).hint("a name without `=`"));
            }
        }
        let commands = [&self.inject, &self.heal, &self.verify_effect, &self.verify_removal];
        let [inject, heal, verify_effect, verify_removal] = commands.map(|command| arguments(command, resolver));
        let hook = CommandHook {
            inject: inject?,
            heal: heal?,
            verify_effect: verify_effect?,
            verify_removal: verify_removal?,
            timeout: self.timeout.value()?.0,
            environment: environment.map(|(name, value)| (name.value.clone(), value.value.clone())).collect(),
        };
        Some(Command { region: region?, hook })
    }
}

fn arguments(list: &Field<List<String>>, resolver: &mut Resolver<'_, '_>) -> Option<Vec<String>> {
    let list = list.written()?;
    let arguments: Vec<String> = list.value.items.iter().map(|item| item.value.clone()).collect();
    if arguments.first().is_none_or(|program| program.trim().is_empty()) {
        let mistake = Mistake::new(Code::Missing, list.span, "a command without a program");
        resolver.add(mistake.hint("the first argument is the program, such as [systemctl, stop, shop]"));
    }
    list.value.complete.then_some(arguments)
}

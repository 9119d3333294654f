//! `landfall deploy`: writes what a fleet needs to stand in several places. Nothing is applied: people do that, after
//! they have read it.

use crate::{
    cli::{CredentialsArguments, DeployCommand, FleetArguments, PlacesArguments},
    exit::ExpectedError,
    talk::{print_line, say},
};
use deploy::{
    bundle::{Bundle, BundleError, Written},
    credentials::{self, CredentialsError, Terms},
    fleet::{AgentText, Fleet, FleetText, HubText, RegionText},
    kubernetes, systemd,
};
use std::{error::Error, path::Path};

/// Writes manifests, units or certificates.
pub(crate) fn deploy(command: &DeployCommand) -> Result<u8, ExpectedError> {
    match command {
        DeployCommand::Kubernetes(arguments) => {
            let fleet = fleet(&arguments.fleet)?;
            let bundle = kubernetes::bundle(&fleet)
                .map_err(|error| usage(&error, "name it with --image, or as `image` in the fleet's file"))?;
            write(&bundle, arguments)?;
            say(
                "next: `landfall deploy credentials`, then kubectl apply -f, the hub first (docs/guides/fleet-kubernetes.md)",
            );
        }
        DeployCommand::Systemd(arguments) => {
            let fleet = fleet(&arguments.fleet)?;
            let bundle = systemd::bundle(&fleet, &systemd::Programs::default())
                .map_err(|error| usage(&error, "name each server of the hub with --hub"))?;
            write(&bundle, arguments)?;
            say(
                "next: `landfall deploy credentials`, then copy each folder to its machine (docs/guides/fleet-machines.md)",
            );
        }
        DeployCommand::Credentials(arguments) => credentials(arguments)?,
    }
    Ok(0)
}

fn fleet(arguments: &FleetArguments) -> Result<Fleet, ExpectedError> {
    let hint = "docs/guides/fleet-kubernetes.md shows a whole fleet";
    if let Some(path) = &arguments.fleet {
        let text = std::fs::read_to_string(path).map_err(|error| ExpectedError::unreadable(path, error))?;
        return Fleet::read(&text).map_err(|error| usage(&error, hint));
    }
    let regions = arguments.region.iter().map(|text| region(text)).collect::<Result<_, _>>()?;
    let text = FleetText {
        name: arguments.name.clone().unwrap_or_else(FleetText::default_name),
        image: arguments.image.clone(),
        nats_image: FleetText::default_nats_image(),
        hub: HubText { addresses: arguments.hub.clone(), storage_gib: HubText::default_storage_gib() },
        agent: AgentText::default(),
        regions,
    };
    Fleet::check(text).map_err(|error| usage(&error, hint))
}

/// `eu-west-1=3`.
fn region(text: &str) -> Result<RegionText, ExpectedError> {
    let parts = text.split_once('=').and_then(|(name, agents)| Some((name, agents.parse().ok()?)));
    let (name, agents) = parts.ok_or_else(|| {
        ExpectedError::Usage(
            format!("--region {text} is not a region with its number of agents"),
            "write it like --region eu-west-1=3".to_owned(),
        )
    })?;
    Ok(RegionText { name: name.to_owned(), agents, leaf: RegionText::default_leaf() })
}

fn write(bundle: &Bundle, arguments: &PlacesArguments) -> Result<(), ExpectedError> {
    let written = bundle.write(&arguments.out, arguments.force).map_err(|error| match &error {
        BundleError::Differs(_) => usage(&error, "nothing was written; compare them, and use --force to replace them"),
        BundleError::File { .. } => ExpectedError::WriteFailed(::fleet::with_sources(&error)),
    })?;
    tell(&written, &arguments.out);
    Ok(())
}

/// The files on standard output, the rest on standard error.
fn tell(written: &Written, folder: &Path) {
    for (word, paths) in [("created", &written.created), ("replaced", &written.replaced)] {
        for path in paths {
            print_line(&format!("{word:<9} {}", folder.join(path).display()));
        }
    }
    if written.kept > 0 {
        say(&format!("{} files were there already, as they should be", written.kept));
    }
    for path in &written.foreign {
        say(&format!("{} is not of this fleet, and was left alone", folder.join(path).display()));
    }
}

fn credentials(arguments: &CredentialsArguments) -> Result<(), ExpectedError> {
    let fleet = fleet(&arguments.fleet)?;
    let terms = Terms { today: jiff::Zoned::now().date(), days: arguments.days, renew: arguments.renew };
    let issued = credentials::issue(&fleet, &arguments.out, terms).map_err(|error| match &error {
        CredentialsError::Days(_) => usage(&error, "certificates that end soon are worth less to a thief: 90 is usual"),
        CredentialsError::OtherFleet { .. } => usage(&error, "give each fleet a folder of its own, with --out"),
        _ => ExpectedError::WriteFailed(::fleet::with_sources(&error)),
    })?;
    for identity in &issued.made {
        print_line(&format!("made      {}", arguments.out.join(identity).display()));
    }
    for (identity, ends) in &issued.kept {
        print_line(&format!("kept      {}, which ends on {ends}", arguments.out.join(identity).display()));
    }
    say("keep authority/ca.key away from all servers: whoever has it can be anybody");
    Ok(())
}

fn usage(error: &dyn Error, hint: &str) -> ExpectedError {
    ExpectedError::Usage(error.to_string(), hint.to_owned())
}

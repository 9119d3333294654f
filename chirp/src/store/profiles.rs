//! Profiles. A user is there as soon as anything is known of the profile; a value that has not arrived
//! yet has a stand-in (the name for the display name), so that nobody is half there.

use super::StoreError;
use super::session::Session;
use super::tables::{Tables, encode, find};
use crate::clock::Stamp;
use crate::engine::Refusal;
use crate::entry::Change;
use crate::model::{Profile, ProfileChange};
use crate::names::UserName;
use crate::resolve::{Changes, Conflict, Contact, Field, Record, Resolver, Update, Value};

/// A profile as users see it; none if nothing is known of the user.
pub(super) fn shown(name: &UserName, record: &Record, resolver: Resolver) -> Option<Profile> {
    let fields = [Field::DisplayName, Field::Bio, Field::Contact];
    let stamps = fields.iter().filter_map(|field| record.effective(*field, resolver));
    let updated: Stamp = stamps.map(|version| version.stamp().clone()).max()?;
    let text = |field| record.text(field, resolver).map(str::to_owned);
    let contact = contact(record, resolver);
    Some(Profile {
        name: name.clone(),
        display_name: text(Field::DisplayName).unwrap_or_else(|| name.to_string()),
        bio: text(Field::Bio).unwrap_or_default(),
        contact_verified: contact.as_ref().is_some_and(|contact| contact.verified),
        contact: contact.map(|contact| contact.address),
        updated,
    })
}

fn contact(record: &Record, resolver: Resolver) -> Option<Contact> {
    match &record.effective(Field::Contact, resolver)?.value {
        Value::Contact(contact) => Some(contact.clone()),
        Value::Flag(_) | Value::Text(_) => None,
    }
}

impl Session<'_> {
    /// Registers a user or changes the profile; answers it and whether the user is new.
    pub(crate) fn put_profile(
        &mut self,
        name: &UserName,
        change: ProfileChange,
    ) -> Result<Result<(Profile, bool), Refusal>, StoreError> {
        let resolver = self.rules.resolver;
        let known: Option<Record> = find(&self.tables.users, "profile", name.as_str())?;
        let new = known.is_none();
        let record = known.unwrap_or_default();
        let changes = match wanted(name, &record, change, resolver) {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !changes.is_empty() {
            let stamp = self.stamp_above(record.newest().as_ref());
            let update = record.update(changes, stamp.clone(), resolver);
            let conflicts = self.tables.apply_profile(name, &update, resolver)?;
            self.conflicts.add(&conflicts);
            self.append(stamp, Change::Profile { name: name.clone(), update })?;
        }
        let record: Option<Record> = find(&self.tables.users, "profile", name.as_str())?;
        let profile = record.and_then(|record| shown(name, &record, resolver));
        Ok(Ok((profile.expect("a user is there once anything was written"), new)))
    }
}

/// What is to be written: only what differs from what everybody agrees on already.
fn wanted(name: &UserName, record: &Record, change: ProfileChange, resolver: Resolver) -> Result<Changes, Refusal> {
    let ProfileChange { display_name, bio, contact: address, contact_verified } = change;
    let is_new = *record == Record::default();
    let display_name = display_name.or_else(|| is_new.then(|| name.to_string()));
    let mut values = Vec::new();
    values.extend(display_name.map(|text| (Field::DisplayName, Value::Text(text))));
    values.extend(bio.map(|text| (Field::Bio, Value::Text(text))));
    if address.is_some() || contact_verified.is_some() {
        let known = contact(record, resolver);
        let kept = known.as_ref().filter(|known| address.as_ref().is_none_or(|address| *address == known.address));
        let verified = contact_verified.unwrap_or_else(|| kept.is_some_and(|kept| kept.verified));
        let address = address.or_else(|| kept.map(|kept| kept.address.clone())).ok_or(Refusal::NoContact)?;
        values.push((Field::Contact, Value::Contact(Contact { address, verified })));
    }
    Ok(Changes::new(values.into_iter().filter(|(field, value)| !record.is_settled_on(*field, value))))
}

impl Tables<'_> {
    /// Takes in a change of a profile.
    pub(super) fn apply_profile(
        &mut self,
        name: &UserName,
        update: &Update,
        resolver: Resolver,
    ) -> Result<Vec<Conflict>, StoreError> {
        let mut record: Record = find(&self.users, "profile", name.as_str())?.unwrap_or_default();
        let conflicts = record.apply(update, resolver);
        self.users.insert(name.as_str(), encode(&record).as_slice())?;
        Ok(conflicts)
    }
}

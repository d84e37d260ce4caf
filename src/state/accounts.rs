//! The accounts of a run: where each instrument is traded, what each is called, and how its links are named.

use crate::model::{AccountId, DisplayText, FIRST_NAME, InstrumentId, Label};
use serde::{Deserialize, Serialize};

/// The link of every account by which it is known to be there.
pub const BROKER_LINK: &str = "broker";

/// What stands between a link's kind and its account's name.
const OF: char = '@';

/// An account orders go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueAccount {
    pub name: Label,
    /// Server and account as they are shown: by it a start knows that a name means what it meant.
    pub place: DisplayText,
    /// Whether the configuration still has it: what the book alone knows nobody speaks with.
    pub active: bool,
}

/// All of them. An instrument is traded at exactly one, so an order says by its instrument where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accounts {
    /// By `AccountId`. Empty where there is one.
    list: Vec<VenueAccount>,
    /// By `InstrumentId`; one that is missing is traded at the first.
    homes: Vec<AccountId>,
    /// By `InstrumentId`: what else is the same contract, traded at another account. Empty where nothing is, or where orders of
    /// two accounts may meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    twins: Vec<Vec<InstrumentId>>,
}

impl Accounts {
    /// The first and these besides, each with what is traded there. No further ones: one account, without a name.
    pub fn new(
        first: &DisplayText,
        further: impl IntoIterator<Item = (VenueAccount, Vec<InstrumentId>)>,
    ) -> Self {
        let mut accounts = Self::default();
        for (number, (account, instruments)) in (1..=u8::MAX).zip(further) {
            if accounts.list.is_empty() {
                let (name, place) = (Label::new(FIRST_NAME), first.clone());
                accounts.list.push(VenueAccount { name, place, active: true });
            }
            accounts.list.push(account);
            for instrument in instruments {
                accounts.settle(instrument, AccountId::new(number));
            }
        }
        accounts
    }

    /// These, with pairs of instruments that are one contract: what of ours rests in the one can trade with what is sent in the
    /// other.
    #[must_use]
    pub fn with_twins(mut self, pairs: impl IntoIterator<Item = (InstrumentId, InstrumentId)>) -> Self {
        for (one, other) in pairs {
            self.pair(one, other);
            self.pair(other, one);
        }
        self
    }

    fn pair(&mut self, one: InstrumentId, other: InstrumentId) {
        if self.twins.len() <= one.index() {
            self.twins.resize(one.index() + 1, Vec::new());
        }
        if let Some(twins) = self.twins.get_mut(one.index()).filter(|twins| !twins.contains(&other)) {
            twins.push(other);
        }
    }

    /// What else is the same contract, traded at another account, where orders of the two must not meet.
    #[inline]
    pub fn twins(&self, id: InstrumentId) -> &[InstrumentId] {
        self.twins.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// Whether there is one only.
    pub const fn is_single(&self) -> bool {
        self.list.is_empty()
    }

    /// Where an instrument is traded.
    #[inline]
    pub fn of(&self, instrument: InstrumentId) -> AccountId {
        self.homes.get(instrument.index()).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len().max(1)
    }

    /// Every account.
    pub fn ids(&self) -> impl Iterator<Item = AccountId> + use<> {
        (0..u8::try_from(self.count()).unwrap_or(u8::MAX)).map(AccountId::new)
    }

    /// Every account somebody speaks with.
    pub fn active(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.ids().filter(|id| self.list.get(id.index()).is_none_or(|one| one.active))
    }

    /// Whether somebody speaks with one only: what is said of it is said of everything.
    pub fn is_alone(&self) -> bool {
        self.active().nth(1).is_none()
    }

    /// Whether somebody speaks with one.
    pub fn is_active(&self, id: AccountId) -> bool {
        self.active().any(|one| one == id)
    }

    /// What is known of one; `None` where there is one only.
    pub fn get(&self, id: AccountId) -> Option<&VenueAccount> {
        self.list.get(id.index())
    }

    /// The account of a name.
    pub fn named(&self, name: &str) -> Option<AccountId> {
        self.ids().find(|id| self.get(*id).is_some_and(|one| one.name.as_str() == name))
    }

    /// What it is called on the screen; empty where there is one only.
    pub fn name(&self, id: AccountId) -> &str {
        self.get(id).map_or("", |one| one.name.as_str())
    }

    /// The name of a link of an account: the first's are named by their kind alone.
    pub fn link(&self, id: AccountId, kind: &str) -> Label {
        let name = self.get(id).filter(|_| !id.is_first());
        name.map_or_else(|| Label::new(kind), |one| Label::new(&format!("{kind}{OF}{}", one.name)))
    }

    /// The account a broker's link belongs to; `None` for another link.
    pub fn of_link(&self, link: &str) -> Option<AccountId> {
        match link.strip_prefix(BROKER_LINK)?.strip_prefix(OF) {
            None => (link == BROKER_LINK).then_some(AccountId::FIRST),
            Some(name) => self.named(name),
        }
    }

    /// Before a subject of one account where there are several: `b `.
    pub fn prefix(&self, id: AccountId) -> String {
        let name = self.name(id);
        if name.is_empty() { String::new() } else { format!("{name} ") }
    }

    /// The instruments of an account, of so many in all.
    pub fn instruments(&self, id: AccountId, all: usize) -> impl Iterator<Item = InstrumentId> + '_ {
        let all = (0..u16::try_from(all).unwrap_or(u16::MAX)).map(InstrumentId::new);
        all.filter(move |instrument| self.of(*instrument) == id)
    }

    /// The first account that a book knows under another name, and what it is called here: by where it stands it is the same.
    pub(super) fn renamed<'a>(&'a self, book: &'a Self) -> Option<(&'a VenueAccount, &'a VenueAccount)> {
        let mut new = self.list.iter().filter(|one| book.named(one.name.as_str()).is_none());
        new.find_map(|one| Some((book.list.iter().find(|was| was.place == one.place)?, one)))
    }

    /// The accounts that have no numbers of their broker's to go on with: those under whose name a book knows another place.
    pub(super) fn replaced(&self, book: &Self) -> Vec<AccountId> {
        let is_new = |id: &AccountId| {
            let places = (book.get(*id).map(|one| &one.place), self.get(*id).map(|one| &one.place));
            !id.is_first() && matches!(places, (Some(was), Some(now)) if was != now)
        };
        self.ids().filter(is_new).collect()
    }

    fn settle(&mut self, instrument: InstrumentId, at: AccountId) {
        if self.homes.len() <= instrument.index() {
            self.homes.resize(instrument.index() + 1, AccountId::FIRST);
        }
        if let Some(home) = self.homes.get_mut(instrument.index()) {
            *home = at;
        }
    }

    /// These with the numbers of a book: what has a name there keeps its number, what is gone stays and nobody speaks with it.
    /// `number` is the book's number of an instrument of ours; of what the book alone has it knows the home.
    pub(super) fn continuing(
        self,
        book: &Self,
        instruments: usize,
        number: impl Fn(InstrumentId) -> InstrumentId,
    ) -> Self {
        if self.is_single() && book.is_single() {
            return self;
        }
        let first = |of: &Self| of.list.first().cloned();
        let mut kept = Self { twins: Vec::new(), ..book.clone() };
        kept.list.iter_mut().skip(1).for_each(|one| one.active = false);
        match (first(&self), kept.list.first_mut()) {
            (Some(ours), Some(place)) => *place = ours,
            (Some(ours), None) => kept.list.push(ours),
            (None, _) => {}
        }
        let mut numbers = vec![AccountId::FIRST];
        for one in self.list.iter().skip(1) {
            let id = kept.named(one.name.as_str()).unwrap_or_else(|| {
                kept.list.push(one.clone());
                AccountId::new(u8::try_from(kept.list.len() - 1).unwrap_or(u8::MAX))
            });
            if let Some(place) = kept.list.get_mut(id.index()) {
                *place = one.clone();
            }
            numbers.push(id);
        }
        for instrument in (0..u16::try_from(instruments).unwrap_or(u16::MAX)).map(InstrumentId::new) {
            let home = numbers.get(self.of(instrument).index()).copied().unwrap_or_default();
            kept.settle(number(instrument), home);
            let twins = self.twins(instrument).iter().map(|twin| (number(instrument), number(*twin)));
            kept = kept.with_twins(twins.collect::<Vec<_>>());
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::{Accounts, VenueAccount};
    use crate::model::{AccountId, InstrumentId, Label};

    fn account(name: &str) -> VenueAccount {
        VenueAccount { name: Label::new(name), place: name.into(), active: true }
    }

    fn id(number: u16) -> InstrumentId {
        InstrumentId::new(number)
    }

    #[test]
    fn one_account_has_no_name_and_links_as_they_always_were() {
        let one = Accounts::new(&"openalgo".into(), []);
        assert!(one.is_single() && one.count() == 1 && one.of(id(7)).is_first());
        assert_eq!(one.link(AccountId::FIRST, "broker").as_str(), "broker");
        assert_eq!((one.of_link("broker"), one.of_link("feed")), (Some(AccountId::FIRST), None));
        assert!(one.prefix(AccountId::FIRST).is_empty());
    }

    #[test]
    fn an_instrument_is_traded_at_one_account_and_a_link_says_whose_it_is() {
        let two = Accounts::new(&"a".into(), [(account("b"), vec![id(2)])]);
        let b = AccountId::new(1);
        assert_eq!((two.of(id(1)), two.of(id(2)), two.of(id(3))), (AccountId::FIRST, b, AccountId::FIRST));
        assert_eq!(two.link(b, "broker").as_str(), "broker@b");
        assert_eq!((two.of_link("broker@b"), two.of_link("broker@c")), (Some(b), None));
        assert_eq!((two.name(AccountId::FIRST), two.name(b)), ("main", "b"));
        assert_eq!(two.instruments(b, 4).collect::<Vec<_>>(), [id(2)]);
    }

    #[test]
    fn a_book_goes_on_with_its_numbers_and_an_account_that_is_gone_stays_unspoken_to() {
        let before = Accounts::new(&"a".into(), [(account("b"), vec![id(1)]), (account("c"), vec![id(2)])]);
        // The configuration has c first now, and b no more; its instruments are numbered the other way round.
        let now = Accounts::new(&"a".into(), [(account("c"), vec![id(0)]), (account("d"), vec![])]);
        let kept = now.continuing(&before, 2, |one| id(2 - one.get()));
        let numbers = ["main", "b", "c", "d"].map(|name| kept.named(name).map(AccountId::get));
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!((kept.of(id(2)).get(), kept.of(id(1)).get()), (2, 0));
        assert_eq!(kept.active().map(AccountId::get).collect::<Vec<_>>(), [0, 2, 3]);
    }

    #[test]
    fn one_contract_under_two_names_is_known_from_both_and_by_the_numbers_of_the_book() {
        let two = Accounts::new(&"a".into(), [(account("b"), vec![id(1)])]).with_twins([(id(0), id(1))]);
        assert_eq!(
            (two.twins(id(0)), two.twins(id(1)), two.twins(id(2))),
            (&[id(1)][..], &[id(0)][..], &[][..])
        );
        let book = Accounts::new(&"a".into(), [(account("b"), vec![id(0)])]).with_twins([(id(0), id(2))]);
        let kept = two.continuing(&book, 2, |one| id(1 - one.get()));
        assert_eq!(
            (kept.twins(id(0)), kept.twins(id(1)), kept.twins(id(2))),
            (&[id(1)][..], &[id(0)][..], &[][..])
        );
    }
}

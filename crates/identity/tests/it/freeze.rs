use identity::freeze::{self, Authority, Freeze, FreezeKind, Frozen, NewFreeze};
use vocab::UserId;

use crate::support::{House, PHONE, outcome};

fn place(house: &House, user: UserId, kind: FreezeKind, by: Authority) -> Freeze {
    let new = NewFreeze {
        user,
        kind,
        by,
        reason: Some("because".to_owned()),
    };
    house
        .write(move |tx, cx| freeze::place(tx, cx, new.clone()))
        .unwrap()
}

fn frozen(house: &House, user: UserId) -> Frozen {
    house
        .read(move |tx, _| Ok(freeze::frozen(tx, user)?))
        .unwrap()
}

fn lift(house: &House, freeze: &Freeze, by: Authority) -> Result<Freeze, identity::Error> {
    let which = (freeze.user, freeze.id);
    house.write(move |tx, cx| freeze::lift(tx, cx, which, by))
}

/// Flags stack; each is lifted by its own authority, and money stays stopped until the last is.
#[test]
fn each_flag_is_lifted_by_its_own_authority() {
    let house = House::new();
    let user = house.person(PHONE).id;
    let all = [
        (FreezeKind::Debit, Authority::Own),
        (FreezeKind::Debit, Authority::Rule),
        (FreezeKind::Credit, Authority::Operator),
        (FreezeKind::All, Authority::Legal),
    ];
    let placed = all.map(|(kind, by)| place(&house, user, kind, by));
    let authorities = all.map(|(_, by)| by);
    for (freeze, (_, own)) in placed.iter().zip(all) {
        for by in authorities.into_iter().filter(|&by| by != own) {
            let refused = lift(&house, freeze, by);
            assert_eq!(outcome(&refused), "freeze_not_yours", "{own:?} by {by:?}");
        }
    }
    for (freeze, (_, own)) in placed.iter().zip(all).take(3) {
        lift(&house, freeze, own).unwrap();
        let both = Frozen {
            debit: true,
            credit: true,
        };
        assert_eq!(frozen(&house, user), both, "by law");
    }
    lift(&house, &placed[3], Authority::Legal).unwrap();
    assert_eq!(frozen(&house, user), Frozen::default());
    let twice = lift(&house, &placed[3], Authority::Legal);
    assert_eq!(outcome(&twice), "freeze_not_found");
}

/// What changed while the accounts followed an older change is followed too.
#[test]
fn a_change_meanwhile_stays_unsettled() {
    let house = House::new();
    let user = house.person(PHONE).id;
    place(&house, user, FreezeKind::Debit, Authority::Own);
    let (mark, seen) = house
        .write(move |tx, _| Ok(freeze::begin_to_follow(tx, user)?))
        .unwrap();
    assert!(seen.debit && !seen.credit);
    place(&house, user, FreezeKind::All, Authority::Rule);
    let settle = |mark| {
        house
            .write(move |tx, _| Ok(freeze::settle(tx, mark)?))
            .unwrap();
    };
    let unsettled = || house.read(|tx, _| Ok(freeze::unsettled(tx, 10)?)).unwrap();
    settle(mark);
    assert_eq!(unsettled(), [user]);
    let (newer, seen) = house
        .write(move |tx, _| Ok(freeze::begin_to_follow(tx, user)?))
        .unwrap();
    assert!(seen.debit && seen.credit);
    settle(newer);
    settle(mark);
    assert!(unsettled().is_empty(), "an older mark brings nothing back");
}

import './Actions.css';
import { Link } from '@tanstack/react-router';
import { AddCircleOutline, BillOutline, PayCircleOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';

const ACTIONS = [
  { to: '/transfer', icon: PayCircleOutline, name: 'transfer' },
  { to: '/top-up', icon: AddCircleOutline, name: 'top_up' },
  { to: '/records', icon: BillOutline, name: 'records' },
] as const;

/** The few things that a wallet is opened for. */
export function Actions() {
  const { t } = useTranslation();
  return (
    <nav className="t-card actions" aria-label={t('home.actions')}>
      {ACTIONS.map(({ to, icon: Icon, name }) => (
        <Link key={to} to={to} className="actions__one">
          <Icon className="actions__icon" aria-hidden="true" />
          {t(`home.${name}`)}
        </Link>
      ))}
    </nav>
  );
}

import './Actions.css';
import { Link } from '@tanstack/react-router';
import {
  AddCircleOutline,
  PayCircleOutline,
  ReceivePaymentOutline,
  ScanningOutline,
} from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';

const ACTIONS = [
  { to: '/scan', icon: ScanningOutline, name: 'scan' },
  { to: '/receive', icon: ReceivePaymentOutline, name: 'receive' },
  { to: '/transfer', icon: PayCircleOutline, name: 'transfer' },
  { to: '/top-up', icon: AddCircleOutline, name: 'top_up' },
] as const;

/** The few things that a wallet is opened for. */
export function Actions() {
  const { t } = useTranslation();
  return (
    <nav className="t-card actions" aria-label={t('home.actions')}>
      {ACTIONS.map(({ to, icon: Icon, name }) => (
        <Link key={to} to={to} search={{}} className="actions__one">
          <Icon className="actions__icon" aria-hidden="true" />
          {t(`home.${name}`)}
        </Link>
      ))}
    </nav>
  );
}

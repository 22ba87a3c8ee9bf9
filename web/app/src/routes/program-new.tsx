import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { NewProgram } from '../features/programs/NewProgram';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { walletQuery } from '../lib/queries';

export function ProgramNew() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wallet = useQuery(walletQuery);
  return (
    <Page title={t('programs.new')} back="/me/programs">
      <Loaded query={wallet} lines={8}>
        {({ accounts }) => (
          <NewProgram
            currencies={accounts.map(({ currency }) => currency)}
            onCreated={(id) =>
              void navigate({ to: '/me/programs/$id', params: { id }, replace: true })
            }
          />
        )}
      </Loaded>
    </Page>
  );
}

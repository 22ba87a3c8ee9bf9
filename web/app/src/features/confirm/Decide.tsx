import {
  postV1DeviceConfirmationsByIdApprove,
  postV1DeviceConfirmationsByIdReject,
} from '@tael/api/generated/sdk.gen';
import { Facts } from '@tael/ui/row/Row';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { ProofForm } from '../../lib/proof/ProofForm';
import { tokensQuery } from '../../lib/queries';

export type Request = {
  id: string;
  purpose: string;
  browser: string;
  network?: string | null;
  is_same_network?: boolean | null;
  requested_at: string;
};

type Props = { request: Request; onDone: (end: 'approved' | 'rejected') => void };

/** What the other device wants, from where; nothing happens without a proof on this one. */
export function Decide({ request, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const tokens = useQuery(tokensQuery);
  const path = { id: request.id };
  const reject = useMutation({
    mutationFn: () => ask(postV1DeviceConfirmationsByIdReject({ path })),
    onSuccess: () => onDone('rejected'),
  });
  const isActive = tokens.data?.data.some((one) => one.state === 'active') ?? true;
  return (
    <section className="t-card card__form">
      <p>{t(`confirm.for_${request.purpose as 'sign_in'}`)}</p>
      <Facts
        facts={[
          [t('confirm.browser'), request.browser],
          request.network ? [t('confirm.network'), request.network] : null,
          [t('records.created'), moment(request.requested_at, language, 'full')],
        ]}
      />
      {request.is_same_network === false && <p className="bad">{t('confirm.far')}</p>}
      {isActive ? (
        <ProofForm
          methods={['security_token']}
          submit={t('confirm.approve')}
          challenge={() => Promise.resolve({})}
          send={async (proof) => {
            await ask(postV1DeviceConfirmationsByIdApprove({ path, body: proof }));
            onDone('approved');
          }}
        />
      ) : (
        <Link to="/me/token">{t('home.no_token')}</Link>
      )}
      <FormError text={reject.error && errorText(reject.error)} />
      <Button block loading={reject.isPending} onClick={() => reject.mutate()}>
        {t('confirm.reject')}
      </Button>
    </section>
  );
}

import { postV1FactorsRecoveryCodes } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CopyButton } from '../../lib/CopyButton';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import './factors.css';
import { refreshFactors } from './factors';

/** Codes for the day on which the phone is lost; shown once. */
export function NewCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="t-card card__form" aria-labelledby="codes">
      <h2 id="codes" className="card__heading">
        {t('two_step.codes_new')}
      </h2>
      <p>{t('two_step.codes_once')}</p>
      <ul className="factors__codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton
        text={codes.join('\n')}
        label={t('two_step.codes')}
        shownLabel={t('two_step.codes_copy')}
        kind="secret"
      />
      <Button block color="primary" size="large" onClick={onDone}>
        {t('two_step.codes_kept')}
      </Button>
    </section>
  );
}

type Props = { left: number; onCodes: (codes: string[]) => void };

export function RecoveryCodes({ left, onCodes }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const renew = useMutation({
    mutationFn: () => proven(() => ask(postV1FactorsRecoveryCodes())),
    onSuccess: async ({ codes }) => {
      onCodes(codes);
      await refreshFactors();
    },
  });
  return (
    <section className="t-card card__form" aria-labelledby="recovery">
      <h2 id="recovery" className="card__heading">
        {t('two_step.codes')}
      </h2>
      <p className={left > 2 ? 't-soft' : 'bad'}>{t('two_step.codes_left', { count: left })}</p>
      <FormError text={renew.error && errorText(renew.error)} />
      <Button block loading={renew.isPending} onClick={() => renew.mutate()}>
        {t('two_step.codes_renew')}
      </Button>
    </section>
  );
}

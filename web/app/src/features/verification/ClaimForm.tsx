import { postV1Verifications } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { HIGHEST } from './Level';
import { refreshVerifications } from './verifications';

type Level = 1 | 2 | 3;

/** What the document says; its pictures come next. */
export function ClaimForm({ tier }: { tier: number }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const levels = [1, 2, 3].filter((level) => level > tier) as Level[];
  const [level, setLevel] = useState<number>(levels[0] ?? HIGHEST);
  const [name, setName] = useState('');
  const [type, setType] = useState<'cn_id' | 'passport'>('cn_id');
  const [number, setNumber] = useState('');
  const [birth, setBirth] = useState('');
  const begin = useMutation({
    mutationFn: () =>
      ask(
        postV1Verifications({
          body: {
            level,
            legal_name: name.trim(),
            document: { type, number: number.trim() },
            birth_date: birth,
          },
        }),
      ),
    onSuccess: refreshVerifications,
  });
  const isReady = name.trim() !== '' && number.trim() !== '' && birth !== '';
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <h2 className="card__heading">{t('verification.begin')}</h2>
      <label className="contact__choice">
        <span>{t('verification.wanted')}</span>
        <select value={level} onChange={(event) => setLevel(Number(event.target.value))}>
          {levels.map((one) => (
            <option key={one} value={one}>
              {t(`verification.wanted_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <Segmented
        label={t('verification.type')}
        value={type}
        choices={[
          ['cn_id', t('verification.cn_id')],
          ['passport', t('verification.passport')],
        ]}
        onChange={setType}
      />
      <Field
        label={t('verification.name')}
        autoComplete="name"
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label={t('verification.number')}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={32}
        value={number}
        onChange={(event) => setNumber(event.target.value.toUpperCase())}
      />
      <Field
        label={t('verification.birth')}
        type="date"
        autoComplete="bday"
        value={birth}
        onChange={(event) => setBirth(event.target.value)}
      />
      <p className="t-soft t-small">{t('verification.sealed')}</p>
      <FormError text={begin.error && errorText(begin.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={begin.isPending}
        disabled={!isReady}
      >
        {t('common.next')}
      </Button>
    </form>
  );
}

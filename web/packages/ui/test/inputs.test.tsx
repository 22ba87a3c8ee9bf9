import { AmountPad } from '@tael/ui/amount-pad/AmountPad';
import { caretAfter, grouped, tokenOf } from '@tael/ui/token-input/groups';
import { TokenInput } from '@tael/ui/token-input/TokenInput';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, test } from 'vitest';

afterEach(cleanup);

test('a Token is grouped however it was typed', () => {
  expect(tokenOf(' 70ym-hzej 03aq_g0hd ')).toBe('70YMHZEJ03AQG0HD');
  expect(grouped('70YMHZEJ03AQG0HD')).toBe('70YM-HZEJ-03AQ-G0HD');
  expect(grouped('70YM')).toBe('70YM');
  expect(grouped('70YMH')).toBe('70YM-H');
  expect(tokenOf('70YMHZEJ03AQG0HDXXXX')).toHaveLength(16);
});

test('the caret stays after the character that was typed', () => {
  expect([0, 1, 4, 5, 8, 9, 16].map(caretAfter)).toEqual([0, 1, 4, 6, 9, 11, 19]);
});

function TokenBox() {
  const [token, setToken] = useState('');
  return <TokenInput label="Token" value={token} onChange={setToken} />;
}

function SumBox() {
  const [typed, setTyped] = useState('');
  return (
    <AmountPad label="Sum" deleteLabel="Delete" value={typed} currency="CNY" onChange={setTyped} />
  );
}

test('a pasted Token is shown in groups of four', () => {
  render(<TokenBox />);
  const input = screen.getByLabelText<HTMLInputElement>('Token');
  fireEvent.change(input, { target: { value: 'r514n80dxenkfdrb' } });
  expect(input.value).toBe('R514-N80D-XENK-FDRB');
});

test('the pad types, deletes and refuses a third decimal', () => {
  render(<SumBox />);
  for (const key of ['1', '2', '.', '3', '4', '5']) fireEvent.click(screen.getByText(key));
  const input = screen.getByLabelText<HTMLInputElement>('Sum');
  expect(input.value).toBe('12.34');
  fireEvent.click(screen.getByLabelText('Delete'));
  expect(input.value).toBe('12.3');
});

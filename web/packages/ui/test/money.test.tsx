import { readFileSync } from 'node:fs';
import path from 'node:path';
import { acceptAmount, decimalOf, exponentOf, minorOf, moneyText } from '@tael/ui/money/format';
import { Money } from '@tael/ui/money/Money';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

afterEach(cleanup);

const LARGEST = '9223372036854775807';

test('minor units become decimals without losing a digit', () => {
  expect(decimalOf(0, 'CNY')).toBe('0.00');
  expect(decimalOf(5, 'CNY')).toBe('0.05');
  expect(decimalOf(-123456, 'CNY')).toBe('-1234.56');
  expect(decimalOf(1234, 'JPY')).toBe('1234');
  expect(decimalOf(1234, 'KWD')).toBe('1.234');
  expect(decimalOf(LARGEST, 'CNY')).toBe('92233720368547758.07');
});

test('the exponents are those of the ledger', () => {
  const source = path.join(import.meta.dirname, '../../../../crates/vocab/src/money.rs');
  const rows = [...readFileSync(source, 'utf8').matchAll(/^ {4}([A-Z]{3}) \d+ (\d) "/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, code = '', exponent] of rows)
    expect([code, exponentOf(code)]).toEqual([code, Number(exponent)]);
});

test('sums are printed as people of the language write them', () => {
  expect(moneyText(123456, 'CNY', 'zh-CN')).toBe('¥1,234.56');
  expect(moneyText(123456, 'CNY', 'en')).toBe('CN¥1,234.56');
  expect(moneyText(-50, 'USD', 'en', 'always')).toBe('-$0.50');
  expect(moneyText(50, 'USD', 'en', 'always')).toBe('+$0.50');
  expect(moneyText(LARGEST, 'CNY', 'zh-CN')).toBe('¥92,233,720,368,547,758.07');
});

test('what was typed becomes minor units, or nothing', () => {
  expect(minorOf('12.3', 'CNY')).toBe(1230n);
  expect(minorOf('12.', 'CNY')).toBe(1200n);
  expect(minorOf('12.345', 'KWD')).toBe(12345n);
  for (const wrong of ['', '0', '0.00', '-1', '1.234', '1e5', '１', 'x']) {
    expect([wrong, minorOf(wrong, 'CNY')]).toEqual([wrong, null]);
  }
});

test('only sums can be typed', () => {
  expect(acceptAmount('', '.', 'CNY')).toBe('0.');
  expect(acceptAmount('0', '05', 'CNY')).toBe('5');
  expect(acceptAmount('1.23', '1.234', 'CNY')).toBe('1.23');
  expect(acceptAmount('12', '12.', 'JPY')).toBe('12');
  expect(acceptAmount('', '1,234.50', 'CNY')).toBe('1234.50');
  expect(acceptAmount('1', '1a', 'CNY')).toBe('1');
  expect(acceptAmount('1', '', 'CNY')).toBe('');
});

test('a hidden sum is nowhere in the page', () => {
  const { container } = render(<Money amount={123456} currency="CNY" hiddenAs="hidden sum" />);
  expect(container.textContent).not.toMatch(/\d/);
  expect(screen.getByText('hidden sum')).toBeTruthy();
});

test('a long sum is printed smaller', () => {
  const { container } = render(<Money size="hero" amount={LARGEST} currency="CNY" />);
  expect(container.querySelector('.t-money--longer')).toBeTruthy();
});

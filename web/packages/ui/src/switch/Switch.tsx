import './Switch.css';

type Props = { label: string; isOn: boolean; onChange: (isOn: boolean) => void };

export function Switch({ label, isOn, onChange }: Props) {
  return (
    <input
      type="checkbox"
      role="switch"
      className="t-switch"
      aria-label={label}
      aria-checked={isOn}
      checked={isOn}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}

"""What people say of readings: bills held until somebody looked, confirmed or rejected; values found right; previews."""
